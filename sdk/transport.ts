import { BaseError, RpcRequestError, type Transport, custom } from 'viem';

import { type EndpointUrl, parseEndpointUrl } from '../protocol/endpoint-url.ts';
import { causeWords, redactError, silenceWords } from '../protocol/failure-words.ts';
import { encode, match } from '../protocol/json-rpc.ts';

export interface JsonRpcOptions {
  /** For a whole request, its body included; 10 when left out. */
  readonly timeoutSeconds?: number;
  /** How often a failed request is sent again; 3 when left out. */
  readonly retryCount?: number;
  /** Methods that the node is not asked, such as `eth_fillTransaction` where it fills in fees that it then refuses. */
  readonly exclude?: readonly string[];
}

/** Decompressed, in characters: more than any answer that the SDK asks for. */
const LARGEST_BODY = 32 * 1_024 ** 2;

/**
 * A viem transport over `fetch`, for browsers and Node alike: one request per HTTP request, answers taken by their id, credentials
 * of the URL sent as an `Authorization` header and never shown. viem's `http` pairs a batch's answers by position instead.
 *
 * @throws {TypeError} when it is no URL. Requests fail with viem's `RpcRequestError` where the node answered with an error, else
 * with a `BaseError` that names the host and the cause.
 */
export function jsonRpc(url: string, options: JsonRpcOptions = {}): Transport {
  const endpoint = parseEndpointUrl(url);
  const { timeoutSeconds = 10, retryCount, exclude = [] } = options;
  let lastId = 0;

  async function request(
    { method, params = [] }: { readonly method: string; readonly params?: readonly unknown[] },
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<unknown> {
    const unanswered = (why: string) => new BaseError(`${method} at ${endpoint.host}: no answer (${why})`);
    const id = ++lastId;
    const late = AbortSignal.timeout(timeoutSeconds * 1_000);
    const limit = signal === undefined ? late : AbortSignal.any([signal, late]);
    let response: Response;
    let body: string;
    try {
      response = await post(endpoint, encode([{ id, method, params }]), limit);
      body = await readBody(response);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw unanswered(late.aborted ? `nothing within ${timeoutSeconds} s` : endpoint.redact(causeWords(error)));
    }
    const outcome = match([id], body).get(id) ?? { kind: 'silence', reason: 'missing' };
    if (outcome.kind === 'result') return outcome.result;
    if (outcome.kind === 'error') {
      const { code, message, data } = redactError(outcome.error, endpoint.redact);
      throw new RpcRequestError({ body: { method, params }, url: endpoint.host, error: { code, message, data } });
    }
    const { status, statusText, headers } = response;
    const facts = { status, statusText, location: headers.get('location') ?? undefined, body };
    throw unanswered(silenceWords(outcome, facts, endpoint.redact));
  }

  return custom(
    { request },
    {
      ...{ key: 'jsonRpc', name: 'JSON-RPC over fetch', methods: { exclude: [...exclude] } },
      ...(retryCount === undefined ? {} : { retryCount }),
    },
  );
}

/** Browsers refuse a URL with credentials in it. */
const post = ({ url, authorization }: EndpointUrl, body: string, signal: AbortSignal): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
    signal,
  });

async function readBody(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const chunk = (await reader?.read()) as { readonly value?: Uint8Array } | undefined;
    if (chunk?.value === undefined) return text + decoder.decode();
    text += decoder.decode(chunk.value, { stream: true });
    if (text.length > LARGEST_BODY) {
      await reader?.cancel();
      throw new RangeError(`the response is longer than ${LARGEST_BODY} characters`);
    }
  }
}
