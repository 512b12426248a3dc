// Sends one command over a connection and waits for its reply, for what nodemailer has no call of its own.
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

interface Client {
  _responseActions: ((reply: string) => void)[];
  _sendCommand(command: string): void;
}

/** Never ends where the connection ends first: the caller hears of that from the connection. */
export function ask(connection: SMTPConnection, line: string): Promise<string> {
  const smtp = connection as SMTPConnection & Client;
  return new Promise((resolve) => {
    smtp._responseActions.push(resolve);
    smtp._sendCommand(line);
  });
}
