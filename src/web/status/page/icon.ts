const CROSS = 'M5 5l6 6m0-6l-6 6';
const TICK = 'M4 8.5l3 3 5-6.5';

/** A picture for the tab of the page, which tells without looking at the page whether something fails: its data URL. */
export function icon(fails: boolean): string {
  const [colour, sign] = fails ? ['#b3202a', CROSS] : ['#1a6b34', TICK];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="${colour}"/><path d="${sign}" fill="none" stroke="#fff" stroke-width="2"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
