/** Characters after which a slice ends: a few hundred microseconds of writing at most times. */
const SLICE_LENGTH = 64 * 1024;

/**
 * Joins pieces of text to slices, so that whoever sends them can let others have their turn in between, and never holds
 * the whole text. A piece is made when its slice is, and not torn apart.
 */
export function* inSlices(pieces: Iterable<string>): Generator<string, void> {
  let slice = '';
  for (const piece of pieces) {
    slice += piece;
    if (slice.length < SLICE_LENGTH) continue;
    yield slice;
    slice = '';
  }
  if (slice !== '') yield slice;
}
