/**
 * Waits for both, so that what is wrong with either is told at once.
 *
 * @throws what one of them throws; where both do, an AggregateError of the two.
 */
export async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const errors = (await Promise.allSettled([first, second])).flatMap((one) =>
    one.status === 'rejected' ? [one.reason] : [],
  );
  if (errors.length > 1) throw new AggregateError(errors);
  return Promise.all([first, second]);
}
