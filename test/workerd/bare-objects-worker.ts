const ROWS = 8; // no fewer than a run has whose model is asked for the first time
const ROW_CHARACTERS = 500;
const KEPT_MS = 600_000; // none is put away before the last one is made

/** What the runtime itself takes for an object that writes no fewer rows than a run, and keeps one timer. */
export class AgentRunObject {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  async fetch(): Promise<Response> {
    const { storage } = this.#state;
    await storage.setAlarm(Date.now() + 30_000);
    storage.sql.exec('CREATE TABLE texts (key TEXT PRIMARY KEY, text TEXT)');
    for (let row = 0; row < ROWS; row++) {
      storage.sql.exec('INSERT INTO texts VALUES (?, ?)', `row ${row}`, 'x'.repeat(ROW_CHARACTERS));
      await new Promise((resolve) => setTimeout(resolve)); // each is written by itself, as those of a run
    }
    this.#state.waitUntil(new Promise((resolve) => setTimeout(resolve, KEPT_MS)));
    return new Response();
  }

  /** Without it none could be set. */
  async alarm(): Promise<void> {}
}

interface State {
  storage: { sql: { exec(query: string, ...bindings: string[]): unknown }; setAlarm(atMs: number): Promise<void> };
  waitUntil(work: Promise<unknown>): void;
}
interface Objects {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(address: string): Promise<{ ok: boolean }> };
}

export default {
  async fetch(request: Request, { AGENT_RUNS }: { AGENT_RUNS: Objects }): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/health') return new Response();
    const at = (name: string) => AGENT_RUNS.get(AGENT_RUNS.idFromName(name)).fetch('https://object/');
    const replies = await Promise.all([at(`run ${pathname}`), at(`visitor ${pathname}`)]); // a run, and the limits of its visitor
    return new Response(null, { status: replies.every(({ ok }) => ok) ? 200 : 500 });
  },
};
