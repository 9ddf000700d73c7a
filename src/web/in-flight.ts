import type { RequestHandler } from 'express';
import { refuseForNow } from './respond.ts';

/** Prometheus comes back at its next scrape whatever is said here. */
const RETRY_AFTER_SECONDS = 5;

/** How many requests of one kind are answered at once. */
export interface InFlightLimit {
  /** `Infinity`: any number. */
  readonly limit: number;
  /** Names the kind, in the plural. */
  readonly what: string;
  /** Which flag sets the limit. */
  readonly flag: string;
  /** Is told of each that is one too many. */
  readonly refused: () => void;
}

/** Lets so many requests in, and answers all others with 503 at once. One counts until its answer is taken, or given up. */
export function limitInFlight({ limit, what, flag, refused }: InFlightLimit): RequestHandler {
  let inFlight = 0;
  return (_request, response, next) => {
    if (inFlight >= limit) {
      refused();
      const sentence = `Too many ${what} at once: ${limit} are being answered already, see ${flag}`;
      return refuseForNow(response, 503, sentence, RETRY_AFTER_SECONDS);
    }
    inFlight++;
    response.once('close', () => {
      inFlight--;
    });
    next();
  };
}
