import { type Agent, type AnyTool, CodeAgent, type Model, ToolCallingAgent } from 'smolagents-web';
import { call, calls, code, finalAnswer } from 'smolagents-web/testing';
import { purposeful } from './deeds';

const identity = { name: 'helper', description: 'Helps.' };

/** A model that asks for nothing but what is missing. */
export const modelOf = (
  name: string,
  ...rest: [Parameters<typeof purposeful>[1], Parameters<typeof purposeful>[2]]
): Model => purposeful(name, ...rest, []);

/** Six steps, one of them by a managed agent of three, in calls of `send` and `read`. */
export function callingTeam(tools: readonly AnyTool[]): Agent {
  const inner = [
    { reply: call('send', { n: 10 }, 'c1'), shows: ['send of 10'] },
    { reply: call('read', { n: 11 }, 'c2'), shows: ['read of 11'] },
  ];
  const helper = new ToolCallingAgent({ ...identity, tools, model: modelOf('helper', inner, finalAnswer('helped')) });
  const deeds = [
    { reply: call('send', { n: 1 }, 'c3'), shows: ['send of 1'] },
    { reply: calls(['send', { n: 2 }, 'c20'], ['read', { n: 2 }, 'c21']), shows: ['send of 2', 'read of 2'] },
    { reply: call('helper', { task: 'Help.' }, 'c4'), shows: ['helped'] },
    { reply: call('read', { n: 4 }, 'c5'), shows: ['read of 4'] },
    { reply: call('send', { n: 5 }, 'c6'), shows: ['send of 5'] },
  ];
  return new ToolCallingAgent({
    tools,
    managedAgents: [helper],
    model: modelOf('manager', deeds, finalAnswer('all done')),
  });
}

/** The same in code; the answer is of variables that earlier steps set. */
export function codingTeam(tools: readonly AnyTool[]): Agent {
  const inner = [
    { reply: code('const x = await send(10); console.log(x)'), shows: ['send of 10'] },
    { reply: code('const y = await read(11); console.log(y)'), shows: ['read of 11'] },
  ];
  const answer = code('final_answer([x, y].join(" and "))');
  const helper = new CodeAgent({ ...identity, tools, model: modelOf('helper', inner, answer) });
  const deeds = [
    { reply: code('const kept = [await send(1)]; console.log(kept)'), shows: ['send of 1'] },
    { reply: code('console.log(await Promise.all([send(2), read(2)]))'), shows: ['send of 2', 'read of 2'] },
    { reply: code("console.log(await helper({ task: 'Help.' }))"), shows: ['send of 10 and read of 11'] },
    { reply: code('console.log(await read(4))'), shows: ['read of 4'] },
    { reply: code('const last = await send(5); kept.push(last); console.log(last)'), shows: ['send of 5'] },
  ];
  const model = modelOf('manager', deeds, code('final_answer(kept.length)'));
  return new CodeAgent({ tools, managedAgents: [helper], model });
}
