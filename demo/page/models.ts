import { HfApiModel, type Model, OpenAIModel } from 'smolagents-web';
import type { Choices } from './choices';
import { part } from './parts';

/** The model of a source that is asked from this page; the key is in memory only. */
export async function modelOf({ source, endpoint, modelId, key }: Choices): Promise<Model> {
  if (source === 'endpoint') return new OpenAIModel({ modelId, apiBase: endpoint, ...(key && { apiKey: key }) });
  if (source === 'huggingface') return new HfApiModel({ modelId, ...(key && { token: key }) });
  const { browserModel } = await import('./browser-model');
  return browserModel(showFetching);
}

/** It may be gigabytes. Said in tenths: each change is read out. */
function showFetching(fetched: number | undefined): void {
  const words =
    fetched === undefined ? 'Running' : `The browser fetches its model first: ${Math.floor(fetched * 10) * 10} %`;
  const status = part('status', HTMLParagraphElement);
  if (status.textContent !== words) status.textContent = words;
}
