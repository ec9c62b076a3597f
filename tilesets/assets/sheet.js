// The heat of one month after the other: a slider, and a button that plays it.
(({ heat, map, places, months, scale, words }) => {
  const whole = heat._latlngs;
  const { max } = heat.options;
  const [slider, said, play] = ['month', 'month-said', 'month-play'].map((id) => document.getElementById(id));
  let timer = 0;
  const show = () => {
    const month = months[slider.value - 1];
    said.textContent = month ? month.name : words.all;
    const points = month ? month.at.map((place, i) => [...places[place], month.n[i]]) : whole;
    if (!map.hasLayer(heat)) document.querySelectorAll('.leaflet-control-layers-base input')[1].click();
    heat.setOptions({ max: month ? max * scale : max });
    heat.setLatLngs(points);
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = words.play;
  };
  const next = () => {
    slider.value = Number(slider.value) % months.length + 1;
    show();
  };
  slider.addEventListener('input', () => {
    stop();
    show();
  });
  play.addEventListener('click', () => {
    if (timer) return stop();
    play.textContent = words.stop;
    timer = setInterval(next, 900);
    return next();
  });
})
