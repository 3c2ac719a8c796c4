import { HfApiModel, type Model, OpenAIModel } from 'smolagents-web';
import type { Choices } from './choices';

/** The model of a source that is asked from this page; the key is in memory only. */
export async function modelOf({ source, endpoint, modelId, key }: Choices): Promise<Model> {
  if (source === 'endpoint') return new OpenAIModel({ modelId, apiBase: endpoint, ...(key && { apiKey: key }) });
  if (source === 'huggingface') return new HfApiModel({ modelId, ...(key && { token: key }) });
  const { browserModel } = await import('./browser-model');
  return browserModel();
}
