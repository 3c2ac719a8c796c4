/**
 * What the example and the measurements send with every request. Small models write on after their call: a limit, and an
 * end at two empty lines. The other stops are those of the agents, which this list replaces.
 */
export const PARAMETERS = {
  temperature: 0,
  max_tokens: 400,
  stop: ['Observation:', 'Calling tools:', '</code>', '\n\n\n'],
};
