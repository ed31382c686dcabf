// The tree of a segment while it is edited: read from a definition, moved about, written back.
// A group is {uid, op: "all" | "any" | "none", children}, a condition {uid, leaf, where: group | null}.
window.zkSegments = window.zkSegments || {};
(() => {
  let numbers = 0;
  const uid = () => `c${++numbers}`;
  const OPS = { and: "all", or: "any", all: "and", any: "or" };
  const WITHOUT_VALUE = ["known", "unknown"];

  const isGroup = (node) => Array.isArray(node?.children);
  const group = (op, children = []) => ({ uid: uid(), op, children });
  const condition = (leaf, where = null) => ({ uid: uid(), leaf, where });
  const copy = (value) => JSON.parse(JSON.stringify(value));

  function read(json) {
    if (json && typeof json === "object" && "op" in json) {
      if (json.op !== "not") return group(OPS[json.op] || "all", (json.children || []).map(read));
      const inner = json.child?.op === "or" ? json.child.children || [] : [json.child];
      return group("none", inner.map(read));
    }
    const { where, ...leaf } = copy(json || {});
    return condition(leaf, where ? asGroup(read(where)) : null);
  }

  const asGroup = (node) => (isGroup(node) ? node : group("all", [node]));

  /** The definition's JSON of a node; `places` takes the pointer of every node that was written. */
  function write(node, at, places, keep) {
    places.set(node.uid, at);
    if (!isGroup(node)) return writeLeaf(node, at, places, keep);
    const kept = node.children.filter(keep);
    if (node.op !== "none") {
      return { op: OPS[node.op], children: kept.map((child, n) => write(child, `${at}/children/${n}`, places, keep)) };
    }
    if (kept.length === 1) return { op: "not", child: write(kept[0], `${at}/child`, places, keep) };
    const children = kept.map((child, n) => write(child, `${at}/child/children/${n}`, places, keep));
    return { op: "not", child: { op: "or", children } };
  }

  function writeLeaf(node, at, places, keep) {
    const leaf = copy(node.leaf);
    if (node.where && node.where.children.some(keep)) leaf.where = write(node.where, `${at}/where`, places, keep);
    return leaf;
  }

  /** Groups without a condition say nothing and are left out. */
  const isFilled = (node) => (isGroup(node) ? node.children.some(isFilled) : true);
  /** What can be counted: a condition whose value is still being chosen waits. */
  const isReady = (node) => (isGroup(node) ? node.children.some(isReady) : isComplete(node.leaf));

  function isComplete(leaf) {
    switch (leaf.t) {
      case "segment":
      case "list":
        return leaf.id !== undefined && leaf.id !== "";
      case "anniversary":
        return Array.isArray(leaf.within_days) && leaf.within_days.every(Number.isInteger);
      case "bucket":
        return Boolean(leaf.salt) && Number.isInteger(leaf.from) && Number.isInteger(leaf.to);
      case "change":
        return Boolean(leaf.of);
      default:
        return WITHOUT_VALUE.includes(leaf.cmp) || hasValue(leaf.value);
    }
  }

  const hasValue = (value) =>
    Array.isArray(value) ? value.length > 0 && value.every(hasValue) : value !== undefined && value !== null && value !== "";

  /** Groups without a condition, other than the whole: nobody can tell what they should mean. */
  const holes = (root) => [...walk(root)].filter(({ node, parent, inside }) => isGroup(node) && !node.children.length && (parent || inside)).map(({ node }) => node);

  /** Visits every node with its parent; `inside` is the condition whose rows a group speaks about. */
  function* walk(node, parent = null, inside = null) {
    yield { node, parent, inside };
    if (isGroup(node)) for (const child of node.children) yield* walk(child, node, inside);
    else if (node.where) yield* walk(node.where, null, node);
  }

  const find = (root, wanted) => [...walk(root)].find((found) => found.node.uid === wanted) || null;
  const holds = (node, wanted) => [...walk(node)].some((found) => found.node.uid === wanted);

  function detach({ node, parent }) {
    const at = parent.children.indexOf(node);
    parent.children.splice(at, 1);
    return at;
  }

  /** Takes a node out of its place and puts it at a place of another group, when both speak of the same. */
  function place(root, moving, target, at) {
    const from = find(root, moving);
    const to = find(root, target);
    if (!from?.parent || !to || !isGroup(to.node) || holds(from.node, target)) return false;
    if ((from.inside?.uid || "") !== (to.inside?.uid || "")) return false;
    const was = detach(from);
    const shift = from.parent === to.node && was < at ? 1 : 0;
    to.node.children.splice(Math.max(0, at - shift), 0, from.node);
    return true;
  }

  function up(root, moving) {
    const found = find(root, moving);
    if (!found?.parent) return false;
    const at = found.parent.children.indexOf(found.node);
    if (at > 0) return place(root, moving, found.parent.uid, at - 1);
    return out(root, moving, 0);
  }

  function down(root, moving) {
    const found = find(root, moving);
    if (!found?.parent) return false;
    const at = found.parent.children.indexOf(found.node);
    if (at < found.parent.children.length - 1) return place(root, moving, found.parent.uid, at + 2);
    return out(root, moving, 1);
  }

  /** Into the group above it, or into a new group of its own. */
  function into(root, moving) {
    const found = find(root, moving);
    if (!found?.parent) return false;
    const at = found.parent.children.indexOf(found.node);
    const before = found.parent.children[at - 1];
    if (isGroup(before)) return place(root, moving, before.uid, before.children.length);
    found.parent.children[at] = group(found.parent.op === "any" ? "all" : "any", [found.node]);
    return true;
  }

  /** Out of its group, to the place before (0) or after (1) it. */
  function out(root, moving, after = 1) {
    const found = find(root, moving);
    const outer = found?.parent && find(root, found.parent.uid);
    if (!outer?.parent) return false;
    const moved = place(root, moving, outer.parent.uid, outer.parent.children.indexOf(outer.node) + after);
    if (moved && !outer.node.children.length) detach(outer);
    return moved;
  }

  function remove(root, wanted) {
    const found = find(root, wanted);
    if (!found?.parent) return false;
    detach(found);
    return true;
  }

  /** The same again, right after it. */
  function repeat(root, wanted) {
    const found = find(root, wanted);
    if (!found?.parent) return null;
    const again = read(write(found.node, "", new Map(), () => true));
    found.parent.children.splice(found.parent.children.indexOf(found.node) + 1, 0, again);
    return again;
  }

  Object.assign(window.zkSegments, {
    tree: {
      asGroup, condition, copy, find, group, holds, holes, into, isComplete, isFilled, isGroup, isReady, out, place, read,
      remove, repeat, up, down, walk, write,
    },
  });
})();
