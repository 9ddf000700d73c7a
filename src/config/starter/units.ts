import {
  type CallSystemd,
  MANAGER,
  NoSystemdError,
  systemdConnections,
} from '../../probers/shared/systemd-bus.ts';
import { listed, type Section, type Suggestion, whyNot } from './section.ts';

/** A host with more services than these has a list of them elsewhere. */
const MAX_UNITS = 40;
/** Names on one line of a remark. */
const MAX_NAMED = 20;

/** A unit that systemd has loaded, in systemd's own words. */
interface Unit {
  readonly name: string;
  readonly description: string;
  readonly activeState: string;
  readonly subState: string;
  /** Where it is on the bus. */
  readonly path: string;
}

/** The services that start with this host, and all that has failed. */
export async function unitsSection(signal: AbortSignal): Promise<Section> {
  const section = {
    title: 'Services',
    intro: 'Fails when systemd does not call the unit active.',
  };
  try {
    return {
      ...section,
      ...(await systemdConnections()('system', (call) => look(call, signal), signal)),
    };
  } catch (error) {
    return { ...section, suggestions: [], remarks: [whyNone(error, signal)] };
  }
}

function whyNone(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'Not looked at: systemd has not answered in time.';
  return error instanceof NoSystemdError
    ? `Not looked at: no systemd answers here (${error.message}).`
    : whyNot(error);
}

async function look(
  call: CallSystemd,
  signal: AbortSignal,
): Promise<Pick<Section, 'suggestions' | 'remarks'>> {
  const [files, loaded] = await Promise.all([
    call({ ...MANAGER, member: 'ListUnitFiles' }, signal),
    call({ ...MANAGER, member: 'ListUnits' }, signal),
  ]);
  const isEnabled = enabledBy(readFiles(files));
  const units = readUnits(loaded).sort((a, b) => (a.name < b.name ? -1 : 1));
  const failed = units.filter((unit) => unit.activeState === 'failed' && CAN_FAIL.test(unit.name));
  const services = units.filter(({ name }) => isService(name) && isEnabled(name));
  const inState = (state: ServiceState) => services.filter((unit) => stateOf(unit) === state);
  const running = inState('running');
  const suggestedFailed = failed
    .slice(0, MAX_UNITS)
    .map((unit) => suggestFailed(call, unit, isEnabled(unit.name), signal));
  return {
    suggestions: [
      ...(await Promise.all(suggestedFailed)),
      ...running.slice(0, MAX_UNITS).map(suggestRunning),
    ],
    remarks: [
      ...remark('Failed too', failed.slice(MAX_UNITS)),
      ...remark('Running too', running.slice(MAX_UNITS)),
      ...remark('Enabled, and not running now, which may be right', inState('idle')),
      ...remark('Enabled, and done after a start of the host', inState('done')),
    ],
  };
}

function remark(what: string, units: readonly Unit[]): string[] {
  const names = units.map(({ name }) => name);
  return names.length === 0 ? [] : [`${what}: ${listed(names, MAX_NAMED)}.`];
}

// What can fail so that somebody has to do something. Scopes and slices only group, devices are what they are.
const CAN_FAIL = /\.(?:service|socket|mount|automount|swap|timer|path)$/;
// A terminal that nobody looks at.
const CONSOLE = /^(?:serial-|console-|container-)?getty@/;
const RUN_ONCE = 'oneshot';

function isService(name: string): boolean {
  return name.endsWith('.service') && !CONSOLE.test(name);
}

type ServiceState = 'failed' | 'idle' | 'done' | 'running';

/** What is about to run counts as running: a service that dies again and again is being activated. */
function stateOf({ activeState, subState }: Unit): ServiceState {
  if (activeState === 'failed') return 'failed';
  if (activeState === 'inactive') return 'idle';
  return subState === 'exited' ? 'done' : 'running';
}

function suggestRunning({ name, description, activeState, subState }: Unit): Suggestion {
  const check = { name, target: name, prober: 'systemd' };
  return activeState === 'active'
    ? { check, aside: description }
    : { check, aside: `${activeState} (${subState}) now` };
}

async function suggestFailed(
  call: CallSystemd,
  { name, path }: Unit,
  isEnabled: boolean,
  signal: AbortSignal,
): Promise<Suggestion> {
  const note = `Failed now, see "systemctl status ${name}".`;
  const check = { name, target: name, prober: 'systemd' };
  const isJob = !isEnabled || (await typeOf(call, path, signal)) === RUN_ONCE;
  if (!isJob || !name.endsWith('.service')) return { check, note };
  // A job is inactive between its runs.
  const systemd = { expected_states: ['active', 'activating', 'inactive'] };
  return { check: { ...check, systemd }, note };
}

/** A service's `Type=`; empty for what is no service. */
async function typeOf(call: CallSystemd, path: string, signal: AbortSignal): Promise<string> {
  const question = {
    path,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: ['org.freedesktop.systemd1.Service', 'Type'],
  };
  return call(question, signal).then(String, () => '');
}

// Also the scripts of before systemd, which it makes units of.
const ENABLED = /^(?:enabled|enabled-runtime|generated)$/;
// What only its instances are started of.
const ENABLED_TEMPLATE = /^(?:enabled|enabled-runtime|generated|indirect)$/;

/** Tells whether a service starts with the host, by the states of the files. */
function enabledBy(states: ReadonlyMap<string, string>): (name: string) => boolean {
  return (name) => {
    const own = states.get(name);
    if (own !== undefined) return ENABLED.test(own);
    const template = name.replace(/@.*(\.[a-z]+)$/, '@$1');
    return template !== name && ENABLED_TEMPLATE.test(states.get(template) ?? '');
  };
}

/** Output: the state of each unit file by its name, such as `enabled`. */
function readFiles(answer: unknown): Map<string, string> {
  return new Map(
    rowsOf(answer).map(([path = '', state = '']) => [path.slice(path.lastIndexOf('/') + 1), state]),
  );
}

function readUnits(answer: unknown): Unit[] {
  return rowsOf(answer).map(
    ([name = '', description = '', , activeState = '', subState = '', , path = '']) => ({
      name,
      description,
      activeState,
      subState,
      path,
    }),
  );
}

function rowsOf(answer: unknown): string[][] {
  return Array.isArray(answer)
    ? answer.filter((row) => Array.isArray(row)).map((row) => row.map(String))
    : [];
}
