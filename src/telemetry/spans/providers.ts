/** Hosts of model providers, as OpenInference 0.1.72 knows them; a host below one of these is that provider's, too. */
const PROVIDER_HOSTS: readonly (readonly [host: string, provider: string])[] = [
  ['api.openai.com', 'openai'],
  ['openai.azure.com', 'azure'],
  ['services.ai.azure.com', 'azure'],
  ['cognitiveservices.azure.com', 'azure'],
  ['api.anthropic.com', 'anthropic'],
  ['api.cohere.com', 'cohere'],
  ['api.cohere.ai', 'cohere'],
  ['api.mistral.ai', 'mistralai'],
  ['generativelanguage.googleapis.com', 'google'],
  ['aiplatform.googleapis.com', 'google'],
  ['amazonaws.com', 'aws'],
  ['api.x.ai', 'xai'],
  ['api.deepseek.com', 'deepseek'],
  ['api.groq.com', 'groq'],
  ['api.fireworks.ai', 'fireworks'],
  ['api.moonshot.cn', 'moonshot'],
  ['api.cerebras.ai', 'cerebras'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.together.ai', 'together'],
  ['api.together.xyz', 'together'],
  ['ollama.com', 'ollama'],
];

/** Beginnings of model names, in the order in which they are tried; also as OpenInference knows them. */
const SYSTEM_PREFIXES: readonly (readonly [system: string, prefixes: readonly string[]])[] = [
  ['anthropic', ['google_anthropic_vertex', 'anthropic', 'claude']],
  ['openai', ['gpt', 'o1', 'o3', 'o4', 'text-embedding', 'davinci', 'curie', 'babbage', 'ada', 'azure', 'openai']],
  ['cohere', ['cohere', 'command']],
  ['mistralai', ['mistral', 'mixtral', 'pixtral']],
  ['vertexai', ['gemini', 'vertex', 'google']],
];

/** `llm.provider`: of OpenAI's class by its name, of a Hugging Face one unknown, else by the endpoint's host. */
export function providerOf(modelClass: string, address: unknown): string | undefined {
  if (modelClass === 'OpenAIModel') return 'openai';
  if (modelClass === 'HfApiModel' || typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const host = new URL(address).hostname.toLowerCase();
  return PROVIDER_HOSTS.find(([known]) => host === known || host.endsWith(`.${known}`))?.[1];
}

/** `llm.system`: who made the model, where its name says so. */
export function systemOf(modelId: string): string | undefined {
  const name = modelId.toLowerCase().trim();
  return SYSTEM_PREFIXES.find(([, prefixes]) => prefixes.some((prefix) => name.startsWith(prefix)))?.[0];
}
