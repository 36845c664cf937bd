// Node 18 (Debian 12) has Web Crypto, but not as the global that jose uses.  Import
// this module before any module that imports jose.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
