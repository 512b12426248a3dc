// What every page is made with.
import type { CallApi } from './call-api.js';
import type { Assets } from './serve-assets.js';

export interface PageParts {
  callApi: CallApi;
  assets: Assets;
}
