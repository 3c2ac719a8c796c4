import type { AnyTool, Tool, ToolInputs } from '../../src/tools/tool';

const PRICES: Readonly<Record<string, number>> = { lamp: 24.5, desk: 186, chair: 75, shelf: 62.8, rug: 48 };
const STOCK: Readonly<Record<string, number>> = { lamp: 40, desk: 7, chair: 26, shelf: 0, rug: 13 };
const RATES: Readonly<Record<string, number>> = {
  'doral lenk': 1.35,
  'lenk doral': 0.74,
  'doral quill': 12.4,
  'lenk quill': 9.2,
};
const DESKS: Readonly<Record<string, string>> = {
  'mira tolvanen': 'K-12',
  'pal henning': 'D-03',
  'ines abara': 'D-17',
};
const PHONES: Readonly<Record<string, string>> = { 'k-12': '555-0142', 'd-03': '555-0177', 'd-17': '555-0119' };

/** Small tools with fixed answers, by name. An unknown item is an error that lists the known ones. */
export const localTools: Readonly<Record<string, AnyTool>> = Object.fromEntries(
  [
    lookUp('get_price', 'Price of one piece of furniture of the shop, in dorals.', 'item', PRICES, 'number'),
    lookUp('get_stock', 'How many pieces of a kind of furniture the shop has.', 'item', STOCK, 'integer'),
    lookUp('find_desk', 'Number of the desk at which a person sits.', 'person', DESKS, 'string'),
    lookUp('desk_phone', 'Phone number of a desk.', 'desk', PHONES, 'string'),
    exchangeRate(),
    daysBetween(),
    calculate(),
  ].map((tool) => [tool.name, tool]),
);

function lookUp(
  name: string,
  description: string,
  input: string,
  table: Readonly<Record<string, string | number>>,
  outputType: 'number' | 'integer' | 'string',
): AnyTool {
  const inputs: ToolInputs = { [input]: { type: 'string', description: `One ${input}.` } };
  const tool: Tool<Readonly<Record<string, string>>, string | number> = {
    name,
    description,
    inputs,
    outputType,
    execute: (args) => {
      const key = args[input] ?? '';
      const value = table[key.toLowerCase()];
      if (value === undefined)
        throw new Error(`there is no ${input} "${key}"; known are ${Object.keys(table).join(', ')}`);
      return value;
    },
  };
  return tool;
}

function exchangeRate(): AnyTool {
  const tool: Tool<{ from: string; to: string }, number> = {
    name: 'exchange_rate',
    description: 'How many units of the currency `to` one unit of the currency `from` buys.',
    inputs: {
      from: { type: 'string', description: 'Currency, such as "doral".' },
      to: { type: 'string', description: 'Currency, such as "lenk".' },
    },
    outputType: 'number',
    execute: ({ from, to }) => {
      const singular = (word: string) => word.toLowerCase().replace(/s$/, '');
      const rate = RATES[`${singular(from)} ${singular(to)}`];
      if (rate === undefined)
        throw new Error(`no rate from "${from}" to "${to}"; known are ${Object.keys(RATES).join(', ')}`);
      return rate;
    },
  };
  return tool;
}

function daysBetween(): AnyTool {
  const tool: Tool<{ start: string; end: string }, number> = {
    name: 'days_between',
    description: 'Number of days from one date to another.',
    inputs: {
      start: { type: 'string', description: 'Date as YYYY-MM-DD.' },
      end: { type: 'string', description: 'Date as YYYY-MM-DD.' },
    },
    outputType: 'integer',
    execute: ({ start, end }) => {
      for (const date of [start, end])
        if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw new Error(`"${date}" is no date of the form YYYY-MM-DD`);
      return Math.round((Date.parse(end) - Date.parse(start)) / 86_400_000);
    },
  };
  return tool;
}

/** Arithmetic for the agent that cannot run code. */
function calculate(): AnyTool {
  const tool: Tool<{ expression: string }, number> = {
    name: 'calculate',
    description: 'Works out an arithmetic expression: + - * / ** and parentheses, log(x), sqrt(x), round(x).',
    inputs: { expression: { type: 'string', description: 'Such as "(3 + 4) * 1.5 ** 2".' } },
    outputType: 'number',
    execute: ({ expression }) => new Arithmetic(expression).value(),
  };
  return tool;
}

const FUNCTIONS: Readonly<Record<string, (value: number) => number>> = {
  log: Math.log,
  ln: Math.log,
  sqrt: Math.sqrt,
  round: Math.round,
};

/** Recursive descent over + - * / ** ^ (both as power), unary minus, parentheses and functions of one argument. */
class Arithmetic {
  readonly #tokens: string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.match(/\d+(?:\.\d+)?|\*\*|[a-z]+|\S/gi) ?? [];
  }

  value(): number {
    const value = this.#sum();
    if (this.#next < this.#tokens.length)
      throw new Error(`cannot read "${this.#tokens[this.#next]}" in the expression`);
    return value;
  }

  #take(...wanted: readonly string[]): string | undefined {
    const token = this.#tokens[this.#next];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#next += 1;
    return token;
  }

  #sum(): number {
    let value = this.#product();
    for (let sign = this.#take('+', '-'); sign; sign = this.#take('+', '-'))
      value += (sign === '+' ? 1 : -1) * this.#product();
    return value;
  }

  #product(): number {
    let value = this.#signed();
    for (let sign = this.#take('*', '/'); sign; sign = this.#take('*', '/')) {
      const factor = this.#signed();
      value = sign === '*' ? value * factor : value / factor;
    }
    return value;
  }

  #signed(): number {
    if (this.#take('-')) return -this.#signed();
    const base = this.#atom();
    return this.#take('**', '^') ? base ** this.#signed() : base;
  }

  #atom(): number {
    const token = this.#tokens[this.#next++] ?? '';
    if (/^\d/.test(token)) return Number(token);
    const apply = token === '(' ? (value: number) => value : FUNCTIONS[token.toLowerCase()];
    if (!apply) throw new Error(token ? `cannot read "${token}" in the expression` : 'the expression ends too early');
    if (token !== '(' && !this.#take('(')) throw new Error(`"${token}" needs a parenthesis after it`);
    const value = this.#sum();
    if (!this.#take(')')) throw new Error('a closing parenthesis is missing');
    return apply(value);
  }
}
