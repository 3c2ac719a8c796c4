import { part } from './parts';

/** A recording that the page brings along. */
export interface Sample {
  /** In addresses and in the form. */
  name: string;
  title: string;
  task: string;
  file: string;
  /** When it was recorded and with which model; that and more is in the file. */
  about: string;
}

const MODEL = 'model Qwen2.5-Coder-1.5B-Instruct (“local”)';
const TASK = 'If the US keeps its 2024 growth rate, how many years will it take for the GDP to double?';

const ANSWERED: Sample = {
  name: 'answered',
  title: 'Recorded run',
  task: TASK,
  file: '/page/gdp.run.json',
  about: `22 November 2026, ${MODEL}. Nothing was sent.`,
};

const FAILING: Sample = {
  name: 'failing-tool',
  title: 'Recorded run that went wrong',
  task: TASK,
  file: '/page/failing-page.run.json',
  about: `23 November 2026, ${MODEL}. A page of it fails once, which was arranged; the wrong answer is the model’s own. Nothing was sent.`,
};

/** The first is what a first visit shows. */
export const SAMPLES = [ANSWERED, FAILING] as const;

/** The one that is chosen in the form. */
export function chosenSample(): Sample {
  const { value } = part('sample', HTMLSelectElement);
  return SAMPLES.find(({ name }) => name === value) ?? ANSWERED;
}
