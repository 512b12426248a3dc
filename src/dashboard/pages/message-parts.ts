// What the pages read of a message, and where its page is.

export interface ShownMessage {
  id: string;
  tenant_id: string;
  account_id?: string;
  batch_code?: string;
  status: string;
  priority: number;
  error?: string;
  deferred_reason?: string;
  bounce_reason?: string;
  created_at: string;
  retry_count: number;
  recipients?: {
    address: string;
    status: string;
    smtp_code?: number;
    error?: string;
    bounce_reason?: string;
  }[];
  attachments?: { filename: string; size?: number; mime_type?: string; source: string }[];
  /** As it was submitted. */
  message?: Record<string, unknown>;
}

export function pathOfMessage(tenantId: string, id: string): string {
  return `/dashboard/messages/${encodeURIComponent(id)}?tenant_id=${encodeURIComponent(tenantId)}`;
}

/** Where the frame of its page finds the HTML of a mail. */
export function pathOfHtml(tenantId: string, id: string): string {
  return `/dashboard/mail/${encodeURIComponent(id)}?tenant_id=${encodeURIComponent(tenantId)}`;
}
