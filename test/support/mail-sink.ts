import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { createAuthority } from './certificates.ts';
import { eventually } from './eventually.ts';
import { loopback } from './loopback.ts';

/** The one the example for Alertmanager logs in as. */
const USER = 'healthcheck@example.com';

/** A mail as it was delivered. */
export interface ReceivedMail {
  /** Whom the envelope was addressed to. */
  readonly recipients: readonly string[];
  readonly subject: string;
  /** The lines end as they do on Unix. */
  readonly text: string;
  readonly raw: string;
  readonly parsed: Email;
}

/** A real SMTP server that wants STARTTLS and a password, and keeps what it is sent. */
export interface MailSink extends AsyncDisposable {
  readonly port: number;
  readonly password: string;
  /** Certificates that a client has to trust. */
  readonly authorityFile: string;
  readonly mails: () => readonly ReceivedMail[];
}

export async function startMailSink(): Promise<MailSink> {
  await using stack = new AsyncDisposableStack();
  const authority = createAuthority();
  stack.defer(() => authority.remove());
  const password = 'open "sesame"';
  const mails: ReceivedMail[] = [];
  const smtp = new SMTPServer({
    ...authority.issue({ names: 'IP:127.0.0.1' }),
    onAuth: ({ username, password: given }, _session, done) => {
      const isKnown = username === USER && given === password;
      done(isKnown ? null : new Error('wrong user or password'), { user: USER });
    },
    onData: (stream, { envelope }, done) => {
      const recipients = envelope.rcptTo.map(({ address }) => address);
      receive(stream, recipients).then((mail) => {
        mails.push(mail);
        done();
      }, done);
    },
  });
  smtp.on('error', () => {});
  const { port } = stack.use(await loopback(smtp.server));
  const started = stack.move();
  return {
    port,
    password,
    authorityFile: authority.certFile,
    mails: () => mails,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Waits for the first mail that has this, or all of these, in its subject or its text. */
export function mailWith(
  sink: MailSink,
  part: string | readonly string[],
  patience: { readonly patienceSeconds?: number } = {},
): Promise<ReceivedMail> {
  const parts = [part].flat();
  return eventually(() => {
    const found = sink
      .mails()
      .find(({ subject, text }) => parts.every((one) => `${subject}\n${text}`.includes(one)));
    if (!found) throw new Error(`no mail with ${parts.map((one) => `"${one}"`).join(' and ')}`);
    return found;
  }, patience);
}

async function receive(
  stream: AsyncIterable<Buffer>,
  recipients: readonly string[],
): Promise<ReceivedMail> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const parsed = await PostalMime.parse(raw);
  return {
    recipients,
    subject: parsed.subject ?? '',
    text: (parsed.text ?? '').replaceAll('\r\n', '\n'),
    raw: raw.toString('latin1'),
    parsed,
  };
}
