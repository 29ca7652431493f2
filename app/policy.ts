/**
 * Narrows the page's content security policy to the origins that its configuration names. Policies only ever add up to
 * less: from here on nothing else can be asked, whatever runs in the page.
 */
export function allowOnly(origins: readonly string[]): void {
  const policy = document.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = `connect-src 'self' ${origins.join(' ')}`;
  document.head.append(policy);
}
