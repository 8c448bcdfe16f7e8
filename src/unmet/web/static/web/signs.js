// What a member says while a page is open: asked for every 20 seconds as long as the page is looked at, and at once when
// it is looked at again or the network is back. The words come from the server; nothing that was typed is touched.
const EVERY = 20_000
const LONGEST = 300_000 // after failures the page asks ever less often, down to this
const place = document.querySelector('[data-signs]')
const places = document.querySelectorAll('[data-signs-now]')
const again = place.querySelector('p')
const shown = document.querySelectorAll('[data-sign]')
const first = place.dataset.mark // of what the page says since it was loaded
let known = first
let wait = EVERY
let timer = 0
let asking = false
let over = false // signed out, or no page for this reader any more

function show (words) {
  const said = new DOMParser().parseFromString(words, 'text/html').body.firstElementChild
  if (said.dataset.mark === known) return // a proxy took the mark out of our question
  known = said.dataset.mark
  // What stood there before this page was loaded stands again: nothing is left to say.
  const asLoaded = known === first && shown.length > 0
  places.forEach(one => one.replaceChildren(...(asLoaded ? [] : said.cloneNode(true).childNodes)))
  shown.forEach(one => { one.hidden = !asLoaded })
  if (again) again.hidden = asLoaded
}

async function ask () {
  if (asking || over || document.hidden) return
  asking = true
  clearTimeout(timer)
  try {
    const answer = await fetch(place.dataset.signs, {
      headers: { 'If-None-Match': `"${known}"` }, redirect: 'manual', signal: AbortSignal.timeout(15_000)
    })
    if (answer.status === 200) show(await answer.text())
    over = answer.status !== 200 && answer.status !== 304 && answer.status !== 429 && answer.status < 500
    wait = answer.status < 400 ? EVERY : Math.min(wait * 2, LONGEST)
  } catch {
    wait = Math.min(wait * 2, LONGEST)
  }
  asking = false
  if (!over) timer = setTimeout(ask, wait)
}

function askAtOnce () {
  wait = EVERY
  ask()
}

document.addEventListener('visibilitychange', askAtOnce)
window.addEventListener('online', askAtOnce)
window.addEventListener('pageshow', event => { if (event.persisted) askAtOnce() })
timer = setTimeout(ask, EVERY)
