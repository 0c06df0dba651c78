/** Node's module `http`. */

export { Agent, ClientRequest, get, globalAgent, request } from './http-client';
export { IncomingMessage } from './http-message';
export { STATUS_CODES, ServerResponse, createServer } from './http-server';
export type { RequestOptions, AgentOptions } from './http-client';
export type { HttpServer, ServerOptions } from './http-server';
