import { z } from 'zod';
import { defineProber, type ProbeContext, type Prober } from './contract.ts';
import { boolean } from './shared/options.ts';
import { library as busLibrary, NoSystemdError } from './shared/systemd-bus.ts';
import { createSystemdBus } from './systemd/bus.ts';
import { createSystemctl } from './systemd/systemctl.ts';
import { type AskSystemd, fullUnitName, type UnitStatus, unitNameProblem } from './systemd/unit.ts';

const STATES = ['active', 'activating', 'deactivating', 'inactive', 'failed', 'reloading'] as const;

const options = z.strictObject({
  expected_states: z
    .array(z.enum(STATES))
    .min(1)
    .default(['active'])
    .describe(
      'The states in which the unit is healthy. A unit that does not exist or is masked is never healthy, ' +
        'whatever stands here.',
    ),
  user: boolean()
    .default(false)
    .describe("Asks the service manager of the exporter's own user in place of the system's."),
});

const metrics = {
  probe_systemd_unit_state: {
    help: 'The state of the unit: 1 for the one it is in, 0 for the others.',
    labels: ['state'],
  },
  probe_systemd_unit_restarts_total: {
    help: 'Automatic restarts of the service, as systemd counts them.',
    type: 'counter',
  },
  probe_systemd_unit_active_enter_timestamp_seconds: {
    help: 'When the unit last became active, in seconds since the epoch.',
  },
  probe_systemd_unit_info: {
    help: "What systemd says besides the unit's state. Always 1.",
    labels: ['load_state', 'sub_state'],
  },
} as const;

type Context = ProbeContext<z.output<typeof options>, typeof metrics>;

/** Makes the prober with two ways to ask systemd; the second is taken where the first finds nobody. */
export function systemdProber(askBus: AskSystemd, askSystemctl: AskSystemd): Prober {
  return defineProber({
    name: 'systemd',
    isLocal: true,
    summary: 'State of a systemd unit, asked of systemd itself.',
    target: {
      description: 'the name of a unit; without a type, `.service` is meant',
      example: 'nginx.service',
      problem: unitNameProblem,
    },
    options,
    metrics,
    load: busLibrary,
    probe: async (context) => {
      const unit = fullUnitName(context.target);
      const status = await ask(context, unit, askBus, askSystemctl);
      emitStatus(context, status);
      judge(context, unit, status);
    },
  });
}

export const systemd = systemdProber(createSystemdBus(), createSystemctl());

async function ask(
  { options, signal, log, fail }: Context,
  unit: string,
  askBus: AskSystemd,
  askSystemctl: AskSystemd,
): Promise<UnitStatus> {
  const scope = options.user ? 'user' : 'system';
  try {
    return await askBus(unit, scope, signal);
  } catch (error) {
    if (!(error instanceof NoSystemdError)) throw error;
    log('no systemd on the bus, asking systemctl', { error: error.message });
  }
  try {
    return await askSystemctl(unit, scope, signal);
  } catch (error) {
    if (!(error instanceof NoSystemdError)) throw error;
    return fail('unsupported', `no systemd answers on this host: ${error.message}`);
  }
}

function emitStatus({ emit }: Context, status: UnitStatus): void {
  const { loadState, activeState, subState, activeEnterSeconds, restarts } = status;
  emit('probe_systemd_unit_info', 1, { load_state: loadState, sub_state: subState });
  // systemd calls a unit inactive that is not there at all; it has no state.
  if (isAbsent(status)) return;
  for (const state of STATES) {
    emit('probe_systemd_unit_state', state === activeState ? 1 : 0, { state });
  }
  if (activeEnterSeconds !== undefined) {
    emit('probe_systemd_unit_active_enter_timestamp_seconds', activeEnterSeconds);
  }
  if (restarts !== undefined) emit('probe_systemd_unit_restarts_total', restarts);
}

function isAbsent({ loadState }: UnitStatus): boolean {
  return loadState === 'not-found' || loadState === 'masked';
}

function judge({ options, fail }: Context, unit: string, status: UnitStatus): void {
  const { loadState, activeState, subState } = status;
  if (loadState === 'not-found') fail('not_found', `unit ${unit} not found`);
  const expected: readonly string[] = options.expected_states;
  const wanted = `expected ${expected.join(' or ')}`;
  if (loadState === 'masked') fail('state', `${unit} is masked, ${wanted}`);
  if (expected.includes(activeState)) return;
  const broken = loadState === 'loaded' ? '' : `, its file could not be loaded (${loadState})`;
  fail('state', `${unit} is ${activeState} (${subState})${broken}, ${wanted}`);
}
