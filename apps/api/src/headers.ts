import type { ServerResponse } from 'node:http'

/** Nothing but this origin, and no inline script or style: what a model writes can load and run nothing. */
const contentSecurityPolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'font-src': "'self'",
  'manifest-src': "'self'",
  'worker-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'object-src': "'none'",
  'frame-ancestors': "'none'",
}

const unused = ['camera', 'display-capture', 'geolocation', 'microphone', 'midi', 'payment', 'serial', 'usb']

/** Puts the strict headers on a response: every one, whatever its status. `dev` lets vite's page work. */
export function setStrictHeaders(
  res: ServerResponse,
  { https, dev }: { https: boolean; dev: boolean },
): void {
  const policy = dev
    ? { ...contentSecurityPolicy, 'style-src': "'self' 'unsafe-inline'", 'connect-src': "'self' ws:" }
    : contentSecurityPolicy
  res.setHeader(
    'content-security-policy',
    Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`)
      .join('; '),
  )
  res.setHeader('x-content-type-options', 'nosniff')
  res.setHeader('referrer-policy', 'no-referrer')
  // The Stately inspector is a window of another origin, which plain same-origin cuts off.
  res.setHeader('cross-origin-opener-policy', dev ? 'same-origin-allow-popups' : 'same-origin')
  res.setHeader('cross-origin-resource-policy', 'same-origin')
  res.setHeader('permissions-policy', unused.map((feature) => `${feature}=()`).join(', '))
  res.setHeader('x-dns-prefetch-control', 'off')
  if (https) res.setHeader('strict-transport-security', 'max-age=31536000')
}
