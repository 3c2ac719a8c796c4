import type { Choices } from './choices';

const CLASSES: Readonly<Record<string, string>> = {
  web_search: 'DuckDuckGoSearchTool',
  visit_webpage: 'VisitWebpageTool',
  wikipedia_search: 'WikipediaSearchTool',
  user_input: 'UserInputTool',
};

/** The lines that make the run which was chosen. Keys are left out. */
export function programText(choices: Choices, task: string): string {
  const { source, agent } = choices;
  if (source === 'worker')
    return [
      `import { RemoteAgent } from 'smolagents-web';`,
      '',
      `const agent = new RemoteAgent({ url: '/', agent: 'manager' });`,
      `console.log(await agent.run(${JSON.stringify(task)}));`,
    ].join('\n');
  const tools = (source === 'recording' ? ['web_search', 'visit_webpage'] : choices.tools).flatMap(
    (name) => CLASSES[name] ?? [],
  );
  const model = modelLine(choices);
  const own =
    source === 'browser' ? ["import { browserModel } from './browser-model'; // demo/page/browser-model.ts"] : [];
  const isTeam = source === 'recording' || agent === 'team';
  const [modelClass] = /\b[A-Z]\w+Model\b/.exec(model) ?? [];
  const classes = isTeam
    ? ['CodeAgent', 'ManagedAgent', 'ToolCallingAgent']
    : [agent === 'code' ? 'CodeAgent' : 'ToolCallingAgent'];
  return [
    `import { ${[...classes, ...tools, ...(modelClass ? [modelClass] : [])].toSorted().join(', ')} } from 'smolagents-web';`,
    ...own,
    '',
    model,
    ...agentLines(isTeam, classes, tools),
    `console.log(await agent.run(${JSON.stringify(task)}));`,
  ].join('\n');
}

function agentLines(
  isTeam: boolean,
  [agentClass = 'CodeAgent']: readonly string[],
  tools: readonly string[],
): string[] {
  const list = `[${tools.map((tool) => `new ${tool}()`).join(', ')}]`;
  if (!isTeam) return [`const agent = new ${agentClass}({ model, tools: ${list} });`];
  return [
    `const searcher = new ToolCallingAgent({ model, tools: ${list} });`,
    `const managedAgent = new ManagedAgent({ agent: searcher, name: 'managed_agent', description: 'This is an agent that can do web search.' });`,
    'const agent = new CodeAgent({ model, tools: [], managedAgents: [managedAgent] });',
  ];
}

function modelLine({ source, endpoint, modelId }: Choices): string {
  if (source === 'recording')
    return "const model = new OpenAIModel({ modelId: 'local', apiBase: 'http://localhost:8080/v1' });";
  if (source === 'endpoint')
    return `const model = new OpenAIModel({ modelId: ${JSON.stringify(modelId)}, apiBase: ${JSON.stringify(endpoint)} });`;
  if (source === 'huggingface')
    return `const model = new HfApiModel({ modelId: ${JSON.stringify(modelId)}, token: () => yourToken });`;
  return 'const model = browserModel();';
}
