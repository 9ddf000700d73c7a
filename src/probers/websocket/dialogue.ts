import type { ProbeContext } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';
import { type DialogueStep, expectLabels } from '../shared/dialogue.ts';
import { expand, type Pattern, type PatternMatch } from '../shared/regexp.ts';
import type { MessageStream } from './connection.ts';

interface Context {
  readonly emit: {
    (name: 'probe_websocket_failed_due_to_regex', value: number): void;
    (name: 'probe_expect_info', value: number, labels: Readonly<Record<string, string>>): void;
  };
  readonly log: ProbeContext<unknown, never>['log'];
  /** Who is at the other end, for messages. */
  readonly peer: string;
}

/**
 * Talks a dialogue to its end, a message for each `expect` and each `send`.
 *
 * @throws {ProbeFailure} `body` where the peer said something else, `protocol` where it closed before it said
 *   anything or broke the rules, `reset`.
 */
export async function converseInMessages(
  messages: MessageStream,
  steps: readonly DialogueStep[],
  context: Context,
): Promise<void> {
  for (const step of steps) {
    const match = step.expect && (await expectMatch(messages, step.expect, context));
    if (step.expect_bytes) await expectBytes(messages, step.expect_bytes, context);
    if (match && step.labels.length > 0) {
      context.emit('probe_expect_info', 1, expectLabels(step, match));
    }
    say(messages, step, match);
    if (step.starttls) context.log('starttls has no effect on a WebSocket');
  }
}

async function expectMatch(
  messages: MessageStream,
  pattern: Pattern,
  { emit, log, peer }: Context,
): Promise<PatternMatch> {
  const message = await messages.next();
  const match = message && pattern.match(message);
  if (match) {
    log('matched', { expect: pattern.source });
    return match;
  }
  emit('probe_websocket_failed_due_to_regex', 1);
  throw message
    ? new ProbeFailure('body', `the message of ${peer} does not match "${pattern}"`)
    : closed(peer, `"${pattern}"`);
}

async function expectBytes(
  messages: MessageStream,
  expected: Buffer,
  { peer }: Context,
): Promise<void> {
  const message = await messages.next();
  if (!message) throw closed(peer, 'expect_bytes');
  if (message.equals(expected)) return;
  throw new ProbeFailure('body', `the message of ${peer} is other bytes than expect_bytes`);
}

function closed(peer: string, before: string): ProbeFailure {
  return new ProbeFailure('protocol', `${peer} closed the connection before ${before} came`);
}

function say(
  messages: MessageStream,
  { send, send_bytes }: DialogueStep,
  match: PatternMatch | undefined,
): void {
  const text = send?.reveal();
  if (text && text.length > 0) messages.sendText(match ? expand(text, match) : text);
  if (send_bytes) messages.sendBinary(send_bytes.reveal());
}
