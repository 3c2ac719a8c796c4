import { type Fetch, VisitWebpageTool } from 'smolagents-web';
import { virtualClock } from 'smolagents-web/testing';
import { scriptedResponse } from '../scripted-response';
import { visitingHandle } from '../visiting-handle';
import type { AddressCase } from './case';

const PAGE = '<p>PAGE-OK</p>';
const PUBLIC = ['93.184.215.14'];

/** What a visit came to. */
export interface Visit {
  isAllowed: boolean;
  /** Of the error, as the model reads it. */
  message: string;
  /** Host of each request, in order. */
  hosts: readonly string[];
  /** Addresses that the connections went to, where names are looked up. */
  connectedTo: readonly string[];
  /** How often a name was looked up by the tool. */
  lookUps: number;
}

/** Visits the address. Where names are looked up, the fetch does so itself too, as a runtime does, unless it is tied to addresses. */
export async function visit({ url, hops = [], needs, ...names }: AddressCase): Promise<Visit> {
  const hosts: string[] = [];
  const connectedTo: string[] = [];
  const lookUp = resolver(names);
  let lookUps = 0;
  const answer = (input: string | URL | Request, address: string): Response => {
    hosts.push(new URL(input instanceof Request ? input.url : input).hostname);
    connectedTo.push(address);
    const { status = 200, location } = hops[hosts.length - 1] ?? {};
    const headers = { 'content-type': 'text/html', ...(location !== undefined && { location }) };
    return scriptedResponse(PAGE, { status, headers });
  };
  const fetch: Fetch = async (input) => {
    const [address = ''] = needs ? lookUp(new URL(input instanceof Request ? input.url : input).hostname) : [];
    return answer(input, address);
  };
  const options = {
    resolve: async (host: string) => {
      lookUps += 1;
      return lookUp(host);
    },
    connect:
      ([address = '']: readonly string[]): Fetch =>
      async (input) =>
        answer(input, address),
  };
  const clock = virtualClock();
  const release = clock.hold(); // no time passes: the script answers at once
  try {
    const text = await new VisitWebpageTool(needs ? options : {}).execute({ url }, visitingHandle(fetch, clock));
    return { isAllowed: text.includes('PAGE-OK'), message: '', hosts, connectedTo, lookUps };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { isAllowed: false, message, hosts, connectedTo, lookUps };
  } finally {
    release();
  }
}

/** Addresses of a name, which may be others at each question; any other name is public. */
function resolver({ resolves = {}, resolvesInTurn = {} }: Partial<AddressCase>): (host: string) => readonly string[] {
  const questions = new Map<string, number>();
  return (host) => {
    const turn = questions.get(host) ?? 0;
    questions.set(host, turn + 1);
    const inTurn = resolvesInTurn[host];
    return resolves[host] ?? inTurn?.[Math.min(turn, inTurn.length - 1)] ?? PUBLIC;
  };
}
