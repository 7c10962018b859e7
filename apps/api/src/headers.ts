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

/** The headers that every response has, whatever its status and whoever writes it. `dev` lets vite's page work. */
export function strictHeaders({ https, dev }: { https: boolean; dev: boolean }): Record<string, string> {
  const policy = dev
    ? { ...contentSecurityPolicy, 'style-src': "'self' 'unsafe-inline'", 'connect-src': "'self' ws:" }
    : contentSecurityPolicy
  return {
    'content-security-policy': Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`)
      .join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // The Stately inspector is a window of another origin, which plain same-origin cuts off.
    'cross-origin-opener-policy': dev ? 'same-origin-allow-popups' : 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': unused.map((feature) => `${feature}=()`).join(', '),
    'x-dns-prefetch-control': 'off',
    ...(https && { 'strict-transport-security': 'max-age=31536000' }),
  }
}
