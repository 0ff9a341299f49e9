// An MCP server on standard streams with one tool, as plugins bring them.
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const server = new Server({ name: 'bench', version: '1' }, { capabilities: { tools: {} } });
const tools = [{ name: 'look_up', description: 'Looks a word up', inputSchema: { type: 'object' } }];
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
server.setRequestHandler(CallToolRequestSchema, () => ({ content: [{ type: 'text', text: 'Nothing.' }] }));
await server.connect(new StdioServerTransport());
