import { dump } from 'js-yaml';
import type { CanaryModule } from './canary-modules.ts';

/** Configurations of all modules with a mistake that lets the rest be read, or does not. */
export function wholeTextsBroken(modules: readonly CanaryModule[]): string[] {
  const entries = modules.map(({ name, prober, options }) => [name, { prober, [prober]: options }]);
  const whole = { modules: Object.fromEntries(entries), zzz: 1 };
  const text = dump(whole, { noRefs: true });
  return [text, JSON.stringify(whole, undefined, 1), `${text}: {`];
}

/** Configurations of one module with a mistake beside its secret, in it, and where it is used again. */
export function textsBroken({ name, prober, value, options }: CanaryModule): string[] {
  const config = { modules: { [name]: { prober, [prober]: options } } };
  const text = dump(config, { noRefs: true, lineWidth: -1 });
  const open = dump(replaced(config, value, '@@'), { lineWidth: -1 });
  const quoted = JSON.stringify(value);
  const aliased = open.replace("'@@'", '*some');
  return [
    `${text}zzz: 1\n`,
    `${JSON.stringify(config).slice(0, -1)},"zzz":1}`,
    JSON.stringify(config).slice(0, -3),
    open.replace("'@@'", `[${quoted}]`),
    `zzz: &some ${quoted}\n${aliased}`,
    `${open.replace("'@@'", `&some ${quoted}`)}checks: [{name: *some, target: *some, prober: *some, timeout: *some}]\n`,
    text.replace(/^(?<indent> +)prober:/m, '$<indent>proper:'),
    `${text.trimEnd()} : x\n  - [`,
  ];
}

/** A value with `to` in every place of `from`. */
export function replaced(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((entry) => replaced(entry, from, to));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, of]) => [key, replaced(of, from, to)]);
  return Object.fromEntries(entries);
}
