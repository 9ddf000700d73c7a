import { z } from 'zod';
import { schemaHints } from './schema-hints.ts';

/**
 * An option whose text is compiled when the configuration is read.
 *
 * @param kind what the text is called in the configuration reference.
 * @param compile throws a sentence where the text cannot be compiled.
 */
export function compiled<T>(kind: string, compile: (source: string) => T) {
  return z
    .string()
    .register(schemaHints, { $comment: kind })
    .transform((source, context) => {
      try {
        return compile(source);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        context.addIssue({ code: 'custom', message, input: source });
        return z.NEVER;
      }
    });
}
