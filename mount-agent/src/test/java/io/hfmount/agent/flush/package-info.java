/** Tests of publication, on virtual time. */
package io.hfmount.agent.flush;
