// The arithmetic of pairwise judgements, so that a page can answer while somebody judges. The server counts again.
window.zkJudgements = (() => {
  "use strict";
  // Consistency of random judgements, for 1 to 10 criteria (Saaty).
  const RANDOM = [0, 0, 0.58, 0.9, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49];
  const LIMIT = 0.1;
  const STEPS = [9, 8, 7, 6, 5, 4, 3, 2, 1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6, 1 / 7, 1 / 8, 1 / 9];

  // Principal eigenvector by repeated multiplication; judgements are positive, so it converges.
  const weigh = (matrix) => {
    const size = matrix.length;
    let weights = new Array(size).fill(1 / size);
    let largest = size;
    for (let round = 0; round < 500; round += 1) {
      const product = matrix.map((row) => row.reduce((sum, value, j) => sum + value * weights[j], 0));
      largest = product.reduce((sum, value) => sum + value, 0);
      const next = product.map((value) => value / largest);
      const moved = Math.max(...next.map((value, i) => Math.abs(value - weights[i])));
      weights = next;
      if (moved < 1e-13) break;
    }
    const ratio = size > 2 ? Math.max(0, (largest - size) / (size - 1) / RANDOM[size - 1]) : 0;
    return { weights, ratio, consistent: ratio < LIMIT };
  };

  // The judgements furthest from what the weights say; equally far ones together, as all three of three criteria.
  const worst = (matrix, weights) => {
    const found = [];
    for (let i = 0; i < matrix.length; i += 1) {
      for (let j = i + 1; j < matrix.length; j += 1) {
        found.push({ i, j, distance: Math.abs(Math.log(matrix[i][j] / (weights[i] / weights[j]))) });
      }
    }
    const furthest = Math.max(...found.map((one) => one.distance));
    return found.filter((one) => one.distance > 1e-6 && one.distance > furthest - 1e-6);
  };

  const replaced = (matrix, i, j, value) => {
    const copy = matrix.map((row) => [...row]);
    copy[i][j] = value;
    copy[j][i] = 1 / value;
    return copy;
  };

  // The step of the scale for this pair that makes the whole most consistent.
  const repair = (matrix, i, j) =>
    STEPS.map((value) => ({ value, ratio: weigh(replaced(matrix, i, j, value)).ratio })).reduce((best, one) =>
      one.ratio < best.ratio ? one : best,
    );

  // Several people: the geometric mean of their judgements.
  const together = (matrices) =>
    matrices[0].map((row, i) =>
      row.map((_value, j) => Math.exp(matrices.reduce((sum, one) => sum + Math.log(one[i][j]), 0) / matrices.length)),
    );

  const nearest = (value) =>
    STEPS.reduce((best, step) => (Math.abs(Math.log(step / value)) < Math.abs(Math.log(best / value)) ? step : best));

  const said = (value) => (value >= 1 - 1e-9 ? String(Math.round(value)) : `1/${Math.round(1 / value)}`);

  return { LIMIT, STEPS, weigh, worst, repair, replaced, together, nearest, said };
})();
