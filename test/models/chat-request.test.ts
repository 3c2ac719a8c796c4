import { expect, test } from 'vitest';
import { type ChatRequestSettings, DEFAULT_ROLE_CONVERSIONS, toChatRequest } from '../../src/models/chat-request';
import type { ChatMessage, ModelRequest, ToolSchema } from '../../src/models/model';
import { modelRequest } from '../fakes/model-request';

const add: ToolSchema = { name: 'add', description: 'Adds.', parameters: { type: 'object', properties: {} } };
const history: ChatMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: [{ type: 'text', text: 'Task' }] },
  { role: 'assistant', content: 'I add.' },
  {
    role: 'tool-call',
    content: 'Calling tools: add, add',
    toolCalls: [
      { id: 'a', name: 'add', arguments: { a: 1 } },
      { id: 'b', name: 'add', arguments: '{"a": 1, "b' },
    ],
  },
  { role: 'tool-response', content: 'Observation: 3', toolResults: [{ id: 'a', text: '3' }] },
  { role: 'user', content: [{ type: 'image', url: 'data:image/png;base64,AA==' }] },
  { role: 'tool-response', content: 'Error: no JSON' },
];

test('roles are converted and neighbours of one role merged, texts joined by a newline', () => {
  const { messages } = wire({ messages: history });

  expect(messages).toEqual([
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', content: [{ type: 'text', text: 'Task' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'I add.\nCalling tools: add, add' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Observation: 3' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        { type: 'text', text: 'Error: no JSON' },
      ],
    },
  ]);
});

test('native history sends the calls, then one answer for each, then whatever else came', () => {
  const { messages } = wire({ messages: history, tools: [add] }, { toolHistory: 'native' });

  expect(messages.slice(2)).toEqual([
    {
      role: 'assistant',
      content: [{ type: 'text', text: 'I add.' }],
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'add', arguments: '{"a":1}' } },
        { id: 'b', type: 'function', function: { name: 'add', arguments: '{"arguments":"{\\"a\\": 1, \\"b"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: '3' },
    { role: 'tool', tool_call_id: 'b', content: 'Error: no JSON' },
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] },
  ]);
});

test('a request without tools tells native history as text', () => {
  const native = wire({ messages: history }, { toolHistory: 'native' });

  expect(native).toEqual(wire({ messages: history }));
});

test('flattened content is one text, and an image is refused', () => {
  const { messages } = wire({ messages: history.slice(0, 4) }, { flattenMessagesAsText: true });

  expect(messages.map(({ content }) => content)).toEqual(['Be brief.', 'Task', 'I add.\nCalling tools: add, add']);
  expect(() => wire({ messages: history }, { flattenMessagesAsText: true })).toThrow(/image.*flattenMessagesAsText/);
});

test('custom role conversions replace the default ones as a whole', () => {
  const { messages } = wire({ messages: history }, { customRoleConversions: { system: 'developer' } });

  expect(messages.map(({ role }) => role)).toContain('tool-call');
  expect(messages[0]?.role).toBe('developer');
});

test('tools are required by default, and the reply may be bound to a schema', () => {
  const schema = { type: 'object' };
  const body = wire({ tools: [add], stop: ['x'], responseFormat: { name: 'Answer', schema } });

  expect(body).toMatchObject({
    tools: [{ type: 'function', function: add }],
    tool_choice: 'required',
    stop: ['x'],
    response_format: { type: 'json_schema', json_schema: { name: 'Answer', schema, strict: true } },
  });
  expect(Object.keys(wire({ stop: [] }))).toEqual(['messages']);
});

test('parameters win over the request, and undefined takes a key out', () => {
  const parameters = { temperature: 0.2, stop: ['y'], tool_choice: undefined };
  const body = wire({ tools: [add], stop: ['x'], stream: true }, { parameters });

  expect(body).toMatchObject({ temperature: 0.2, stop: ['y'], stream: true, stream_options: { include_usage: true } });
  expect(body).not.toHaveProperty('tool_choice');
});

function wire(request: Partial<ModelRequest>, settings: Partial<ChatRequestSettings> = {}) {
  return toChatRequest(modelRequest(request), {
    toolHistory: 'text',
    flattenMessagesAsText: false,
    customRoleConversions: DEFAULT_ROLE_CONVERSIONS,
    parameters: {},
    sendStop: true,
    ...settings,
  });
}
