// Before the first paint: the visitor's language and colours, as in settings.ts. The page's own script comes later.
{
  const kept = (name) => {
    try {
      return localStorage.getItem(`pegway.${name}`);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  const theme = kept('theme');
  const guess = navigator.languages[0]?.toLowerCase().startsWith('ko') ? 'ko' : 'en';
  root.lang = ['en', 'ko'].find((one) => one === kept('language')) ?? guess;
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
}
