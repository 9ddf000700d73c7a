import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { secondsSince, wholeNanoseconds } from '../lib/elapsed.ts';
import { defineProber, type ProbeContext, type Prober } from './contract.ts';
import { createPing, type Ping } from './icmp/ping.ts';
import {
  addressMetrics,
  addressOptions,
  addressProbeDefaults,
  assertSameVersion,
  findAddress,
  sourceAddressOption,
} from './shared/address.ts';
import { boolean } from './shared/options.ts';
import { parsedTarget, problemBy } from './shared/target.ts';

const DEFAULT_PAYLOAD_BYTES = 28;

const options = z.strictObject({
  ...addressOptions,
  ...sourceAddressOption,
  payload_size: z
    .number()
    .int()
    .min(0)
    // What an IPv6 packet can carry; with IPv4 it is 20 less, which shows once the address is known.
    .max(65_527)
    .default(0)
    .describe(
      `Bytes to send. 0 stands for ${DEFAULT_PAYLOAD_BYTES}. Less than 16 have no room for the time, so that the round trip is not measured.`,
    ),
  dont_fragment: boolean()
    .default(false)
    .describe('Whether to forbid that the packet is split on its way. IPv4 only.'),
  ttl: z
    .number()
    .int()
    .min(0)
    .max(255)
    .default(64)
    .describe('How many hops the packet may go. 0: as many as the system says.'),
});

const metrics = {
  ...addressMetrics,
  probe_icmp_duration_seconds: {
    help: 'How long each phase took: finding the address (resolve), asking (setup), the round trip as ping measured it (rtt). Absent for a phase not reached.',
    labels: ['phase'],
  },
  probe_icmp_reply_hop_limit: {
    help: 'Hop limit (time to live) the answer arrived with.',
  },
} as const;

type Context = ProbeContext<z.output<typeof options>, typeof metrics>;

/** Makes the prober with a way to ping. */
export function icmpProber(ping: Ping): Prober {
  return defineProber({
    name: 'icmp',
    summary: "A host answers a ping: one ICMP echo request, sent by the system's own ping.",
    target: {
      description: 'a host name or an IP address',
      example: 'example.com',
      problem: problemBy(parseTarget),
    },
    options,
    metrics,
    probeDefaults: addressProbeDefaults,
    probe: (context) => probe(context, ping),
  });
}

export const icmp = icmpProber(createPing());

async function probe(context: Context, ping: Ping): Promise<void> {
  const { options, emit, signal, log, timeoutSeconds } = context;
  const { host } = parsedTarget(parseTarget, context.target);
  const resolveSeconds = timer();
  const address = await findAddress({ role: 'target', scheme: 'icmp', host, port: 0 }, context);
  emit('probe_icmp_duration_seconds', resolveSeconds(), { phase: 'resolve' });
  assertSameVersion(address, options.source_ip_address);

  log('pinging', { ip: address.ip });
  const pingSeconds = timer();
  const { hopLimit, rttSeconds } = await ping(
    {
      address,
      sourceIp: options.source_ip_address,
      payloadBytes: options.payload_size || DEFAULT_PAYLOAD_BYTES,
      dontFragment: options.dont_fragment,
      ttl: options.ttl,
      timeoutSeconds,
    },
    signal,
  );
  if (rttSeconds !== undefined) {
    const setupSeconds = wholeNanoseconds(Math.max(0, pingSeconds() - rttSeconds));
    emit('probe_icmp_duration_seconds', setupSeconds, { phase: 'setup' });
    emit('probe_icmp_duration_seconds', rttSeconds, { phase: 'rtt' });
  }
  if (hopLimit !== undefined) emit('probe_icmp_reply_hop_limit', hopLimit);
}

function timer(): () => number {
  const startedAt = performance.now();
  return () => secondsSince(startedAt);
}

/** @returns what is wrong with it, as text, where it is no target. */
function parseTarget(target: string): { readonly host: string } | string {
  const text = target.trim();
  const v6 = /^\[(?<v6>.*)\]$/.exec(text)?.groups?.v6;
  if (v6 !== undefined) return isIP(v6) === 6 ? { host: v6 } : 'has no IPv6 address in brackets';
  if (isIP(text) !== 0) return { host: text };
  if (/[:/\\?#@]/.test(text)) {
    return 'is not a host name or an IP address: it has no scheme, no port and no path';
  }
  const host = text.includes('%') ? '' : domainToASCII(text);
  return host === '' ? 'has no valid host name' : { host };
}
