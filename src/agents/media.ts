import { AgentConfigurationError } from '../errors';
import type { ImagePart } from '../models/model';
import type { ToolType } from '../tools/tool';
import { abortable } from '../web/abortable';
import { toBase64 } from '../web/base64-text';

/** A sound as plain data. */
export interface AudioPart {
  type: 'audio';
  /** A `data:` or `https:` address. */
  url: string;
}

/** Names under which pictures and sounds enter a run's state, as in smolagents; a second one gets a number. */
const FILE_NAMES = { image: ['image', 'png'], audio: ['audio', 'mp3'] } as const;

/**
 * The value as a picture or sound when it is one, by its form or by the tool's output type; else undefined. Rejects with the
 * signal's reason as soon as it aborts: what stands behind a `Blob` may never come.
 */
export async function asMedia(
  value: unknown,
  outputType: ToolType | undefined,
  signal: AbortSignal,
): Promise<ImagePart | AudioPart | undefined> {
  if (value instanceof Blob) {
    const type =
      value.type.startsWith('audio/') || outputType === 'audio'
        ? 'audio'
        : value.type.startsWith('image/') || outputType === 'image'
          ? 'image'
          : undefined;
    return type && { type, url: await abortable(dataUrl(value), signal) };
  }
  if (isMedia(value)) return value;
  if (
    (outputType === 'image' || outputType === 'audio') &&
    typeof value === 'string' &&
    /^(?:data|https?):/.test(value)
  )
    return { type: outputType, url: value };
  return undefined;
}

/** False for what `asMedia` makes nothing of, so that it need not be waited for. */
export function mayBeMedia(value: unknown, outputType: ToolType | undefined): boolean {
  return typeof value === 'object' || outputType === 'image' || outputType === 'audio';
}

/** Puts a picture or sound into the state and returns the name it got: `image.png`, then `image_2.png`. */
export function keepMedia(media: ImagePart | AudioPart, state: Map<string, unknown>): string {
  const [stem, extension] = FILE_NAMES[media.type];
  let name = `${stem}.${extension}`;
  for (let number = 2; state.has(name); number++) name = `${stem}_${number}.${extension}`;
  state.set(name, media);
  return name;
}

/** The pictures of a task as addresses. Throws an `AgentConfigurationError` for what is none. */
export function taskImages(images: readonly (string | Blob | ImagePart)[], signal: AbortSignal): Promise<ImagePart[]> {
  return Promise.all(
    images.map(async (image, index) => {
      const part = await asMedia(image, 'image', signal);
      if (part?.type === 'image') return part;
      throw new AgentConfigurationError(`images[${index}] is no picture: give a data: or https: address or a Blob`);
    }),
  );
}

function isMedia(value: unknown): value is ImagePart | AudioPart {
  if (typeof value !== 'object' || value === null) return false;
  const { type, url } = value as Partial<ImagePart | AudioPart>;
  return (
    (type === 'image' || (type as string) === 'audio') && typeof url === 'string' && Object.keys(value).length === 2
  );
}

async function dataUrl(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return `data:${blob.type || 'application/octet-stream'};base64,${toBase64(bytes)}`;
}
