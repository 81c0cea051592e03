/**
 * The node process: attaches pods, follows the control plane, and wires datapath, proxy and flows.
 * Start with {@link dev.weft.node.NodeProcess}, {@link dev.weft.node.NodeState} and {@link
 * dev.weft.node.DatapathStates}.
 */
@NullMarked
package dev.weft.node;

import org.jspecify.annotations.NullMarked;
