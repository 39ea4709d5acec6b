// @ts-check
/**
 * Buttons that copy what stands beside them. Without scripts they are not there; where the browser does not let it, the person
 * selects it.
 * @module
 */

/** Shows the buttons of a page, and has them copy. @param {ParentNode} page */
export function showCopying(page) {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (page.querySelectorAll('button[data-copy]'))) {
    const { copy = '', copied = '' } = button.dataset
    const said = button.textContent
    button.hidden = false
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(copy)
        button.textContent = copied
        setTimeout(() => button.textContent = said, 2000)
      } catch {
        button.hidden = true
      }
    })
  }
}
