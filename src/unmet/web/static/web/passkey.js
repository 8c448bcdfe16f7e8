// Forms for keys and passkeys: shown where the browser knows them; a failed try is said beside the button.
if (window.PublicKeyCredential) {
  document.querySelectorAll('[data-passkey]').forEach(form => { form.hidden = false })
  document.querySelectorAll('[data-without-passkey]').forEach(note => { note.hidden = true })
}
document.addEventListener('allauth.error', event => {
  event.preventDefault()
  document.getElementById('passkey-error').hidden = false
})
