import type { Socket } from 'node:net';
import { z } from 'zod';
import type { ProbeContext } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';
import { isLabelName, LABEL_NAME_SCHEMA } from './label-names.ts';
import { BESIDE_OTHER_PROBLEMS, boolean, hidden } from './options.ts';
import { Receiver } from './receiver.ts';
import { expand, type Pattern, type PatternMatch, regexp } from './regexp.ts';
import { schemaHints } from './schema-hints.ts';

type Meanings = Readonly<
  Record<'expect' | 'expect_bytes' | 'send' | 'send_bytes' | 'starttls', string>
>;

/**
 * One step of a dialogue: wait for something, say something, then perhaps go on with TLS.
 *
 * @param meanings what the options mean to the prober at hand.
 */
export function dialogueStep(meanings: Meanings) {
  return z
    .strictObject({
      expect: regexp().optional().describe(meanings.expect),
      expect_bytes: bytes().optional().describe(meanings.expect_bytes),
      send: hidden(bytes()).optional().describe(meanings.send),
      send_bytes: hidden(bytes()).optional().describe(meanings.send_bytes),
      starttls: boolean().default(false).describe(meanings.starttls),
      labels: z
        .array(
          z.strictObject({
            name: z
              .string()
              .refine(isLabelName, { error: 'expected a label name' })
              .refine((name) => !name.startsWith('__'), {
                error: 'names beginning with "__" are reserved for Prometheus',
              })
              .register(schemaHints, { pattern: LABEL_NAME_SCHEMA.pattern })
              .describe('Name of a label of probe_expect_info.'),
            value: z.string().describe('Its value; ${1} is the first group of "expect".'),
          }),
        )
        .superRefine((labels, context) => {
          for (const [index, { name }] of labels.entries()) {
            if (labels.findIndex((label) => label.name === name) === index) continue;
            const message = 'an earlier label of this step has this name';
            context.addIssue({ code: 'custom', path: [index, 'name'], message, input: name });
          }
        })
        .default([])
        .describe('Labels of probe_expect_info, out of what matched.'),
    })
    .superRefine((step, context) => {
      const issue = (message: string) => context.addIssue({ code: 'custom', message, input: step });
      if (step.expect && step.expect_bytes)
        issue('at most one of expect and expect_bytes can be set');
      if (step.send && step.send_bytes) issue('at most one of send and send_bytes can be set');
      if (step.labels?.length > 0 && !step.expect)
        issue('labels need an expect to take values from');
    }, BESIDE_OTHER_PROBLEMS);
}

/** A step of a dialogue over a stream of bytes. */
export const queryResponse = dialogueStep({
  expect: 'RE2 expression: lines are read until one matches.',
  expect_bytes: 'The exact bytes to come next.',
  send: 'What to send, followed by a line feed. Never shown.',
  send_bytes: 'What to send, exactly. Never shown.',
  starttls: 'Whether TLS begins after this step.',
});

/** A step after parsing. */
export type DialogueStep = z.output<typeof queryResponse>;

type Context = Pick<ProbeContext<unknown, never>, 'log' | 'timeoutSeconds'> & {
  readonly emit: {
    (name: 'probe_failed_due_to_regex' | 'probe_failed_due_to_bytes', value: number): void;
    (name: 'probe_expect_info', value: number, labels: Readonly<Record<string, string>>): void;
  };
  /** Who is at the other end, for messages. */
  readonly peer: string;
  readonly startTls: (plain: Socket) => Promise<Socket>;
};

/**
 * Talks a dialogue to its end.
 *
 * @throws {ProbeFailure} `body` where the peer said something else and closed, `protocol` where it said nothing or
 *   broke the rules, `reset`, and what TLS throws.
 */
export async function converse(
  start: Socket,
  steps: readonly DialogueStep[],
  context: Context,
): Promise<void> {
  if (steps.length === 0) return;
  let socket = start;
  let receiver = new Receiver(socket, context);
  for (const step of steps) {
    const match = step.expect && (await expectLine(receiver, step.expect, context));
    if (step.expect_bytes) await expectBytes(receiver, step.expect_bytes, context);
    if (match && step.labels.length > 0) {
      context.emit('probe_expect_info', 1, expectLabels(step, match));
    }
    say(socket, step, match);
    if (!step.starttls) continue;
    // What came in plain after the reply could be passed off as said under TLS (CVE-2011-0411).
    if (receiver.detach() > 0) {
      throw new ProbeFailure('protocol', `${context.peer} sent more before TLS began`);
    }
    socket = await context.startTls(socket);
    receiver = new Receiver(socket, context);
  }
  receiver.detach();
}

async function expectLine(
  receiver: Receiver,
  pattern: Pattern,
  { emit, peer, log }: Context,
): Promise<PatternMatch> {
  let heard = false;
  for (;;) {
    const line = await receiver.line();
    if (line === undefined) {
      emit('probe_failed_due_to_regex', 1);
      throw heard
        ? new ProbeFailure('body', `nothing ${peer} sent matches "${pattern}"`)
        : new ProbeFailure('protocol', `${peer} closed the connection before "${pattern}" came`);
    }
    heard = true;
    const match = pattern.match(line.text);
    if (match) {
      receiver.consume(line);
      log('matched', { expect: pattern.source });
      return match;
    }
    receiver.skip(line);
  }
}

async function expectBytes(
  receiver: Receiver,
  expected: Buffer,
  { emit, peer }: Context,
): Promise<void> {
  const outcome = await receiver.bytes(expected);
  if (outcome === 'equal') return;
  emit('probe_failed_due_to_bytes', 1);
  throw outcome === 'different'
    ? new ProbeFailure('body', `${peer} sent other bytes than expect_bytes`)
    : new ProbeFailure('protocol', `${peer} closed the connection before expect_bytes came`);
}

/** The labels of `probe_expect_info`, filled with what a step's `expect` found. */
export function expectLabels(
  { labels }: DialogueStep,
  match: PatternMatch,
): Record<string, string> {
  const values = labels.map(({ name, value }) => [
    name,
    expand(Buffer.from(value), match).toString(),
  ]);
  return Object.fromEntries(values);
}

function say(
  socket: Socket,
  { send, send_bytes }: DialogueStep,
  match: PatternMatch | undefined,
): void {
  const text = send?.reveal();
  if (text && text.length > 0) {
    // One write, for some servers take two segments for a broken client.
    socket.write(Buffer.concat([match ? expand(text, match) : text, LINE_FEED]));
  }
  if (send_bytes) socket.write(send_bytes.reveal());
}

const LINE_FEED = Buffer.from('\n');

/** Text, or YAML's `!!binary`. Output: its bytes. */
function bytes() {
  return z.preprocess(
    (value) => (typeof value === 'string' ? latin1(Buffer.from(value)) : binary(value)),
    z.string().transform((text) => Buffer.from(text, 'latin1')),
  );
}

function binary(value: unknown): unknown {
  return value instanceof Uint8Array ? latin1(Buffer.from(value)) : value;
}

function latin1(buffer: Buffer): string {
  return buffer.toString('latin1');
}
