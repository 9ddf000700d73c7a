import type { Diagnostics } from '../diagnostics.ts';
import { addUnknownModule } from '../modules.ts';
import type { ProbePolicy } from './probe-policy.ts';

/** Adds a problem for each name in a policy that no module has: it would deny or allow nothing. Patterns may wait for theirs. */
export function checkModuleNames(
  policy: ProbePolicy,
  modules: ReadonlyMap<string, unknown>,
  diagnostics: Diagnostics,
): void {
  for (const list of ['deny', 'allow'] as const) {
    for (const [index, entry] of policy[list].entries()) {
      for (const [place, name] of (entry.modules ?? []).entries()) {
        if (name.includes('*') || modules.has(name)) continue;
        const at = ['probe_policy', list, index, 'modules', place];
        addUnknownModule(name, at, modules, diagnostics);
      }
    }
  }
}
