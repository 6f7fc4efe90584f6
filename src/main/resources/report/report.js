"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const round = value => Number(value).toPrecision(4);

  const axis = (name, more) => Object.assign({ type: "value", name, nameLocation: "middle", scale: true }, more);

  const common = content => ({
    animation: false,
    backgroundColor: "transparent",
    legend: { top: 0 },
    grid: { left: 70, right: 20, top: 40, bottom: 55 },
    xAxis: axis(content.xName, { nameGap: 30 }),
    yAxis: axis(content.yName, { nameGap: 50 }),
  });

  /** Lines with bands, each of which is one polygon. */
  function lines(content, colours) {
    const option = common(content);
    option.tooltip = { trigger: "axis", valueFormatter: round };
    option.series = content.lines.flatMap((line, at) => {
      const color = colours[at % colours.length];
      const low = line.x.map((x, i) => [x, line.low[i]]);
      const high = line.x.map((x, i) => [x, line.high[i]]);
      const edge = [...high, ...low.slice().reverse()];
      return [
        { type: "custom", name: line.name, color, silent: true, tooltip: { show: false }, data: edge,
          renderItem: (params, api) => params.dataIndex > 0 ? null
            : { type: "polygon", shape: { points: edge.map(api.coord) }, style: { fill: color, opacity: 0.2 } } },
        { type: "line", name: line.name, color, data: line.x.map((x, i) => [x, line.mean[i]]) },
      ];
    });
    option.legend.data = content.lines.map(line => line.name);
    return option;
  }

  function dots(content, colours) {
    const option = common(content);
    option.tooltip = { formatter: point =>
      `${point.data[2]}<br>${content.xName} ${round(point.data[0])}<br>${content.yName} ${round(point.data[1])}` };
    option.series = content.series.map((series, at) => ({
      type: series.joined ? "line" : "scatter", name: series.name, color: colours[at % colours.length],
      symbol: series.name === "LSL" ? "diamond" : "circle",
      symbolSize: series.name === "LSL" ? 16 : series.joined ? 10 : 7,
      data: series.points.map(point => [point.x, point.y, point.name]),
    }));
    return option;
  }

  function heat(content) {
    const values = content.cells.map(cell => cell[2]);
    const option = common(content);
    option.legend = undefined;
    option.grid = { left: 90, right: 90, top: 20, bottom: 75 };
    option.xAxis = axis(content.xName, { type: "category", data: content.x, nameGap: 55, axisLabel: { rotate: 60 } });
    option.yAxis = axis(content.yName, { type: "category", data: content.y, nameGap: 65 });
    option.tooltip = { formatter: cell =>
      `${cell.data[0]} ${cell.data[1]} (${cell.data[3]})<br>${content.valueName} ${round(cell.data[2])}` };
    option.visualMap = { min: Math.min(...values), max: Math.max(...values), dimension: 2, calculable: true,
      right: 0, top: "middle", text: [content.valueName, ""], formatter: round,
      inRange: { color: ["#fff7bc", "#fec44f", "#d95f0e", "#7f2704"] } };
    option.series = [{ type: "heatmap", data: content.cells,
      itemStyle: { borderWidth: 0 }, emphasis: { itemStyle: { borderColor: "#888", borderWidth: 2 } } }];
    return option;
  }

  const kinds = { lines, dots, heat };
  const colours = ["#3b82c4", "#3f9d55", "#8a8f98", "#e08a2e", "#b8860b", "#9a63c4", "#c9a400", "#d64545"];

  function draw() {
    for (const place of document.querySelectorAll(".chart")) {
      echarts.getInstanceByDom(place)?.dispose();
      const chart = echarts.init(place, dark.matches ? "dark" : null, { renderer: "svg" });
      chart.setOption(kinds[place.dataset.kind](JSON.parse(place.dataset.content), colours));
    }
  }

  draw();
  dark.addEventListener("change", draw);
  addEventListener("resize", () =>
    document.querySelectorAll(".chart").forEach(place => echarts.getInstanceByDom(place)?.resize()));
})();
