/** One question with an answer that a program can check. */
export interface Question {
  id: string;
  half: 'a' | 'b';
  kind: QuestionKind;
  task: string;
  /** A number the answer must hold (within `tolerance`), or a text. */
  expected: number | string;
  /** Largest allowed distance from a number; default a thousandth of it. */
  tolerance?: number;
  /** Names of tools both agents get: `web` stands for search and page reading. */
  tools: readonly string[];
}

export type QuestionKind =
  | 'arithmetic'
  | 'search'
  | 'page'
  | 'search and arithmetic'
  | 'conversion'
  | 'list'
  | 'date'
  | 'tools';

/** The prompts may be changed for the sake of these. */
const halfA: readonly Omit<Question, 'half'>[] = [
  {
    id: 'a1',
    kind: 'arithmetic',
    tools: [],
    expected: 797.72,
    tolerance: 0.01,
    task: 'A shop sells 37 lamps at 24.50 euros each and takes 12 percent off the total. How many euros are left to pay?',
  },
  {
    id: 'a2',
    kind: 'arithmetic',
    tools: [],
    expected: 4024.39,
    tolerance: 0.01,
    task: 'Savings of 2000 euros grow by 6 percent a year. How many euros are they after 12 years, to the cent?',
  },
  { id: 'a3', kind: 'search', tools: ['web'], expected: '1934', task: 'In which year was the Velmora Bridge opened?' },
  {
    id: 'a4',
    kind: 'search',
    tools: ['web'],
    expected: 1480,
    tolerance: 0,
    task: 'How many seats does the Karlund Opera House have?',
  },
  {
    id: 'a5',
    kind: 'page',
    tools: ['web'],
    expected: 41,
    tolerance: 0,
    task: 'What is the top speed of the ferry Sildra, in km/h?',
  },
  {
    id: 'a6',
    kind: 'page',
    tools: ['web'],
    expected: 'Mira Tolvanen',
    task: 'Who is the chief engineer of the Orvane tidal power plant?',
  },
  {
    id: 'a7',
    kind: 'search and arithmetic',
    tools: ['web'],
    expected: 20.15,
    tolerance: 0.4,
    task: 'If Brevania keeps its 2023 growth rate, how many years will its economy take to double?',
  },
  {
    id: 'a8',
    kind: 'conversion',
    tools: [],
    expected: 110.1,
    tolerance: 0.05,
    task: 'A trail is 68.4 miles long. How many kilometres is that, to one decimal? A mile is 1.609344 km.',
  },
  {
    id: 'a9',
    kind: 'list',
    tools: [],
    expected: 19.75,
    tolerance: 0.001,
    task: 'What is the average of those temperatures that are above 15: 12, 18.5, 21, 9, 15, 24.5, 15.5, 19.25?',
  },
  {
    id: 'a10',
    kind: 'list',
    tools: [],
    expected: 4,
    tolerance: 0,
    task: 'How many of these towns have a name of more than seven letters: Harnbeck, Karlund, Dunmarrow, Velmora, Pellwick, Solden, Tarnika, Quillington?',
  },
  {
    id: 'a11',
    kind: 'date',
    tools: ['days_between'],
    expected: 233,
    tolerance: 0,
    task: 'How many days are there from 14 March 2025 to 2 November 2025?',
  },
  {
    id: 'a12',
    kind: 'tools',
    tools: ['get_price', 'exchange_rate', 'get_stock'],
    expected: 251.1,
    tolerance: 0.01,
    task: 'What does one desk of the shop cost in lenks?',
  },
];

/** The prompts were never changed for the sake of these. */
const halfB: readonly Omit<Question, 'half'>[] = [
  {
    id: 'b1',
    kind: 'arithmetic',
    tools: [],
    expected: 165,
    tolerance: 0.01,
    task: 'A printer makes 42 pages a minute. How many minutes does it need for 6300 pages, with one break of 15 minutes?',
  },
  {
    id: 'b2',
    kind: 'arithmetic',
    tools: [],
    expected: 67955,
    tolerance: 1,
    task: 'A town of 52000 people grows by 1.8 percent a year. How many people live there after 15 years, as a whole number?',
  },
  {
    id: 'b3',
    kind: 'search',
    tools: ['web'],
    expected: 143,
    tolerance: 0,
    task: 'What is the greatest depth of Lake Imbrun, in metres?',
  },
  {
    id: 'b4',
    kind: 'search',
    tools: ['web'],
    expected: 'Edda Lorrimer',
    task: 'Who founded the Pellwick Museum of Clocks?',
  },
  { id: 'b5', kind: 'page', tools: ['web'], expected: 'Jonas Petrell', task: 'Who is the mayor of Dunmarrow?' },
  {
    id: 'b6',
    kind: 'page',
    tools: ['web'],
    expected: 11.3,
    tolerance: 0,
    task: 'How many kilograms does the Heron touring bicycle of Bramble Bikes weigh?',
  },
  {
    id: 'b7',
    kind: 'search and arithmetic',
    tools: ['web'],
    expected: 97485,
    tolerance: 500,
    task: 'If the population of the Ostmark Isles goes on growing as it does, how many people will live there in 2030?',
  },
  {
    id: 'b8',
    kind: 'conversion',
    tools: [],
    expected: 73.9,
    tolerance: 0.05,
    task: 'A bag weighs 163 pounds. How many kilograms is that, to one decimal? A pound is 0.45359237 kg.',
  },
  {
    id: 'b9',
    kind: 'list',
    tools: [],
    expected: 124.9,
    tolerance: 0.001,
    task: 'What is the sum of those prices that are below 50: 49.9, 62, 31.5, 50, 12.25, 75.8, 31.25?',
  },
  {
    id: 'b10',
    kind: 'list',
    tools: [],
    expected: 'Orrin',
    task: 'Which of these names comes second when they are sorted from Z to A: Imbrun, Orrin, Asker, Lumen, Teverel, Nolde?',
  },
  {
    id: 'b11',
    kind: 'date',
    tools: ['days_between'],
    expected: 141,
    tolerance: 0,
    task: 'How many days are there from 23 January 2026 to 13 June 2026?',
  },
  {
    id: 'b12',
    kind: 'tools',
    tools: ['find_desk', 'desk_phone', 'get_stock'],
    expected: '555-0119',
    task: 'What is the phone number of the desk at which Ines Abara sits?',
  },
];

/** All questions, half `a` first. */
export const questions: readonly Question[] = [
  ...halfA.map((question): Question => ({ ...question, half: 'a' })),
  ...halfB.map((question): Question => ({ ...question, half: 'b' })),
];

const LONGEST_ANSWER = 400; // an answer that lists everything it read is no answer

/** Whether an agent's answer holds the expected number or text. */
export function isRight(question: Question, answer: unknown): boolean {
  const text = typeof answer === 'string' ? answer : (JSON.stringify(answer) ?? '');
  if (text.length > LONGEST_ANSWER) return false;
  const { expected, tolerance = Math.abs(Number(expected)) / 1000 } = question;
  if (typeof expected === 'string') return text.toLowerCase().includes(expected.toLowerCase());
  return numbersIn(text).some((number) => Math.abs(number - expected) <= tolerance + 1e-9);
}

function numbersIn(text: string): number[] {
  const plain = text.replace(/(\d)[,\u202f\u00a0](?=\d{3}(?!\d))/g, '$1');
  return (plain.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi) ?? []).map(Number);
}
