/**
 * Whether everything is to be tried, as `npm run test:thorough` and CI do. `npm test` shows by name what it skips: tests
 * that cost seconds and seldom notice what no other test does.
 */
export const isThorough = process.env.MODE === 'thorough';
