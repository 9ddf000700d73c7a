import type { Gate, Place, Whereabouts } from '../../probers/shared/gate.ts';
import { type AddressForms, addressForms } from './address-forms.ts';
import { type PolicyEntry, writtenEntry } from './entry.ts';
import {
  type Asker,
  findNetwork,
  holdsBesideNetworks,
  namedNetwork,
  namesHost,
} from './matching.ts';
import { isWithin } from './network.ts';
import type { ProbePolicy } from './probe-policy.ts';
import { ALWAYS_DENIED } from './ranges.ts';

/** The gate of one request to `/probe`: decides by a policy, and remembers what it refused. */
export class PolicyGate implements Gate {
  readonly #deny: readonly PolicyEntry[];
  readonly #allow: readonly PolicyEntry[];
  readonly #asker: Asker;
  #refused: { readonly role: Place['role']; readonly sentence: string } | undefined;

  /** Whoever makes it has dealt with the rest of the policy. */
  constructor({ deny, allow }: Pick<ProbePolicy, 'deny' | 'allow'>, asker: Asker) {
    this.#deny = deny;
    this.#allow = allow;
    this.#asker = asker;
  }

  /** What was refused, if anything was: with it the probe is over. */
  get refused(): { readonly role: Place['role']; readonly sentence: string } | undefined {
    return this.#refused;
  }

  refusal(place: Place, whereabouts: Whereabouts): string | undefined {
    const reason = this.#reason(place, whereabouts);
    if (reason === undefined) return undefined;
    const sentence = `probe_policy refuses ${WHO[place.role]}: ${reason}`;
    this.#refused = { role: place.role, sentence };
    // Where a redirect leads is an answer that is not to be read through the exporter; its own log may say it.
    return place.role === 'redirect' ? `probe_policy refuses ${WHO.redirect}` : sentence;
  }

  #reason(place: Place, whereabouts: Whereabouts): string | undefined {
    const forms = typeof whereabouts === 'string' ? undefined : addressForms(whereabouts);
    const isHidden = whereabouts === 'looked up by a proxy';
    return (
      this.#denied(place, forms, isHidden) ??
      (forms && this.#alwaysDenied(place, forms)) ??
      this.#notAllowed(place, forms, isHidden)
    );
  }

  #denied(place: Place, forms: AddressForms | undefined, isHidden: boolean): string | undefined {
    for (const entry of this.#deny) {
      const { networks, hosts } = entry;
      const { hostname } = this.#asker;
      const isHostname =
        hosts && hostname !== undefined && place.role === 'target' && namesHost(hosts, hostname);
      const rest = isHostname ? { ...entry, hosts: undefined } : entry;
      if (!holdsBesideNetworks(rest, place, this.#asker)) continue;
      if (!networks) return `"deny" has ${described(entry)}`;
      const found = forms && findNetwork(networks, forms.all);
      if (found) return `its address is in ${namedNetwork(found)}, which "deny" has`;
      if (isHidden && !this.#isAllowedByName(place)) return HIDDEN;
    }
    return undefined;
  }

  /** Whether somebody who may be reached at whatever address is named. */
  #isAllowedByName(place: Place): boolean {
    return this.#allow.some(
      (entry) => entry.hosts && !entry.networks && holdsBesideNetworks(entry, place, this.#asker),
    );
  }

  #alwaysDenied(place: Place, { all }: AddressForms): string | undefined {
    for (const range of ALWAYS_DENIED) {
      const found = findNetwork([range], all);
      if (!found) continue;
      // A wider network, or a name, is meant for something else: whoever writes 0.0.0.0/0 or * thinks of no metadata.
      const isNamed = this.#allow.some(
        (entry) =>
          holdsBesideNetworks(entry, place, this.#asker) &&
          entry.networks?.some(({ networks }) =>
            networks.some(
              (network) =>
                isWithin(network, found.network) &&
                findNetwork([{ text: '', networks: [network] }], all),
            ),
          ),
      );
      if (!isNamed) {
        return `its address is in ${namedNetwork(found)}, which only "allow" can open, by naming it`;
      }
    }
    return undefined;
  }

  #notAllowed(
    place: Place,
    forms: AddressForms | undefined,
    isHidden: boolean,
  ): string | undefined {
    // These the operator has named. Nobody probes them, and to allow them would be to let anybody do so.
    if (place.role === 'proxy' || place.role === 'token endpoint') return undefined;
    if (this.#allow.length === 0) return undefined;
    const isAllowed = this.#allow.some((entry) => {
      if (!holdsBesideNetworks(entry, place, this.#asker)) return false;
      if (!entry.networks) return true;
      if (!forms) return !isHidden;
      return findNetwork(entry.networks, forms.certain) !== undefined;
    });
    return isAllowed ? undefined : 'nothing that "allow" has covers it';
  }
}

const WHO = {
  target: 'the target',
  redirect: 'the place it redirects to',
  proxy: 'the proxy',
  'token endpoint': 'the token endpoint',
} as const;

const HIDDEN =
  'a proxy looks its name up, so that its address is not known here, and "deny" has networks; ' +
  'an entry of "allow" with this host opens it';

function described(entry: PolicyEntry): string {
  return JSON.stringify(writtenEntry(entry));
}
