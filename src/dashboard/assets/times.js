// Shows every time of the page in the viewer's zone, and in UTC when the pointer rests on it.
for (const element of document.querySelectorAll('time')) {
  element.title = element.textContent;
  element.textContent = new Date(element.dateTime).toLocaleString();
}
