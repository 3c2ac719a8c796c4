import type { AgentSettings } from './settings';

/** The agent, its tools and its team as indented lines. */
export function visualize({ agentClass, name, model, description, tools, managedAgents }: AgentSettings): string {
  const lines = [`${name ?? agentClass} (${agentClass}, ${model.modelId})`];
  if (description) lines.push(`  ${description}`);
  for (const tool of tools)
    lines.push(`  tool ${tool.name}(${Object.keys(tool.inputs).join(', ')}): ${tool.description.split('\n')[0]}`);
  for (const member of managedAgents) {
    const tree =
      'visualize' in member && typeof member.visualize === 'function'
        ? String(member.visualize())
        : `${member.name}: ${member.description}`;
    lines.push(...tree.split('\n').map((line) => `  ${line}`));
  }
  return lines.join('\n');
}
