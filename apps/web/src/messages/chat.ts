import { enChat } from './chat-en.ts';

/** The texts of a conversation, in the language in use: the first page does not load them. */
export const chat = enChat;
