import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import type { PromptFacts, PromptOverrides } from 'smolagents-web';
import { isObject } from '../json';
import { CaseError } from '../player';
import type { TemplateTree } from './golden-file';

/** The file's Jinja templates as prompt functions; what they leave out is said as it is in the file: by a placeholder. */
export function promptsOf(templates: TemplateTree): PromptOverrides {
  const render = (path: string, values: Record<string, unknown>) => {
    const source = path
      .split('.')
      .reduce<unknown>((tree, name) => (isObject(tree) ? tree[name] : undefined), templates);
    if (typeof source !== 'string') throw new CaseError(`prompt_templates has no ${path}`);
    return renderJinja(source, values);
  };
  return {
    systemPrompt: (facts) => render('system_prompt', subject(facts)),
    planning: {
      initialPlan: (facts) => render('planning.initial_plan', { ...subject(facts), task: facts.task }),
      updatePlanPreMessages: ({ task }) => render('planning.update_plan_pre_messages', { task }),
      // smolagents counts without the step that is about to begin
      updatePlanPostMessages: (facts) =>
        render('planning.update_plan_post_messages', {
          ...subject(facts),
          task: facts.task,
          remaining_steps: facts.remainingSteps - 1,
        }),
    },
    managedAgent: {
      task: ({ name, task }) => render('managed_agent.task', { name, task }),
      report: ({ name, finalAnswer }) => render('managed_agent.report', { name, final_answer: finalAnswer }),
    },
    finalAnswer: {
      preMessages: () => render('final_answer.pre_messages', {}),
      postMessages: ({ task }) => render('final_answer.post_messages', { task }),
    },
    observation: (text) => text,
  };
}

/** As Python's Jinja does by default: a newline behind a block stays, which the package's `Template` takes away. */
function renderJinja(source: string, values: Readonly<Record<string, unknown>>): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries(values)) environment.set(name, value);
  return String(new Interpreter(environment).run(parse(tokenize(source))).value);
}

function subject({ tools, managedAgents }: PromptFacts): Record<string, unknown> {
  const byName = (items: readonly { name: string; description: string }[]) =>
    Object.fromEntries(items.map(({ name, description }) => [name, { name, description }]));
  return { tools: byName(tools), managed_agents: byName(managedAgents) };
}
